import boto3

dynamodb = boto3.client("dynamodb")
number = 0


def handler(event, context):
    global number
    number += 1
    return {"invoice": number}
