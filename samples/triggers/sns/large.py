import json


def handler(event, context):
    print("order", json.loads(event["Records"][0]["Sns"]["Message"])["id"])
