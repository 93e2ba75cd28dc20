import json

import boto3

dynamodb = boto3.client("dynamodb")


def handler(event, context):
    for record in event["Records"]:
        order = json.loads(record["body"])
        remember = {
            "TableName": "charges",
            "Item": {"id": {"S": f"order {order['id']}"}},
            "ConditionExpression": "attribute_not_exists(id)",
        }
        charge = {
            "TableName": "charges",
            "Key": {"id": {"S": order["customer"]}},
            "UpdateExpression": "ADD cents :cents",
            "ExpressionAttributeValues": {":cents": {"N": str(order["cents"])}},
        }
        try:
            dynamodb.transact_write_items(TransactItems=[{"Put": remember}, {"Update": charge}])
        except dynamodb.exceptions.TransactionCanceledException as cancelled:
            if cancelled.response["CancellationReasons"][0]["Code"] != "ConditionalCheckFailed":
                raise
            print("order", order["id"], "was charged before")
        if record["attributes"]["ApproximateReceiveCount"] == "1":
            raise TimeoutError("the bank has charged, and its answer did not arrive")
