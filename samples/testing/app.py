import os

import boto3

TABLE = os.environ["TABLE"]


def handler(event, context):
    """Count the visits of a person in a table."""
    person = event["name"]
    answer = boto3.client("dynamodb").update_item(
        TableName=TABLE,
        Key={"name": {"S": person}},
        UpdateExpression="ADD visits :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
        ReturnValues="UPDATED_NEW",
    )
    return {"name": person, "visits": int(answer["Attributes"]["visits"]["N"])}
