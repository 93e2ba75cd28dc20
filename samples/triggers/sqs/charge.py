import json

import boto3

table = boto3.resource("dynamodb").Table("charges")


def handler(event, context):
    for record in event["Records"]:
        order = json.loads(record["body"])
        table.update_item(
            Key={"id": order["customer"]},
            UpdateExpression="ADD cents :cents",
            ExpressionAttributeValues={":cents": order["cents"]},
        )
        if record["attributes"]["ApproximateReceiveCount"] == "1":
            raise TimeoutError("the bank has charged, and its answer did not arrive")
