import json


def handler(event, context):
    print("batch of", len(event["Records"]))
    for record in event["Records"]:
        order = json.loads(record["body"])
        print("order", order["id"], "packed")
