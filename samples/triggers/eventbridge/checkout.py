import json
import os

import boto3

events = boto3.client("events")


def handler(order, context):
    answer = events.put_events(
        Entries=[
            {
                "EventBusName": os.environ["BUS"],
                "Source": "shop.checkout",
                "DetailType": "order placed",
                "Detail": json.dumps(order),
            }
        ]
    )
    if answer["FailedEntryCount"]:
        raise RuntimeError(answer["Entries"][0]["ErrorMessage"])
    return "thank you"
