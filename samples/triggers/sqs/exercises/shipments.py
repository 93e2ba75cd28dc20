import json


def handler(event, context):
    for record in event["Records"]:
        shipment = json.loads(record["body"])
        print("order", shipment["id"], "sent to", shipment["address"])
