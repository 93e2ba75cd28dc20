def handler(event, context):
    for record in event["Records"]:
        order = record["dynamodb"]["NewImage"]
        print("mail to", order["mail"]["S"])
    return {"batchItemFailures": []}
