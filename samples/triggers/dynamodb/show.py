def handler(event, context):
    for record in event["Records"]:
        change = record["dynamodb"]
        images = [name for name in ("OldImage", "NewImage") if name in change]
        print("change", record["eventName"], change["Keys"]["id"]["S"], *images)
