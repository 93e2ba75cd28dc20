import json


def handler(event, context):
    return [json.loads(record["body"])["id"] for record in event["Records"]]
