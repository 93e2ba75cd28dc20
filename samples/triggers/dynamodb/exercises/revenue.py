import boto3

dynamodb = boto3.client("dynamodb")


def handler(event, context):
    for record in event["Records"]:
        if record["eventName"] == "INSERT":
            amount = record["dynamodb"]["NewImage"]["cents"]["N"]
            dynamodb.update_item(
                TableName="audit",
                Key={"order": {"S": "revenue"}, "number": {"S": "all"}},
                UpdateExpression="ADD cents :cents",
                ExpressionAttributeValues={":cents": {"N": str(int(amount))}},
            )
