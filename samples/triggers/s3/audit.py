def handler(event, context):
    seen = event["detail"]["object"]
    print(event["detail-type"], seen["key"], seen["size"], "bytes")
