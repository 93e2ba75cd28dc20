import json

import boto3

dynamodb = boto3.client("dynamodb")


def handler(event, context):
    for record in event["Records"]:
        order = json.loads(record["body"])
        dynamodb.update_item(
            TableName="charges",
            Key={"id": {"S": f"points {order['customer']}"}},
            UpdateExpression="ADD points :points",
            ExpressionAttributeValues={":points": {"N": str(order["points"])}},
        )
