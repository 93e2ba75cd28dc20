def handler(event, context):
    for record in event["Records"]:
        print("ship", record["dynamodb"]["Keys"]["id"]["S"])
