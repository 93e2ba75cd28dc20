def handler(event, context):
    record = event["Records"][0]
    return [record["body"]]
