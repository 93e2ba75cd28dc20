import json
import os

import boto3

s3 = boto3.client("s3")
totals = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event, context):
    file = s3.get_object(Bucket=os.environ["BUCKET"], Key=event["key"])
    total = sum(line["amount"] for line in json.load(file["Body"]))
    totals.put_item(Item={"file": event["key"], "total": total})
    print(event["key"], total)
    return total
