def handler(event, context):
    for record in event["Records"]:
        print("called by SNS: ding dong,", record["Sns"]["Message"])
