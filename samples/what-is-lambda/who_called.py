def about(record):
    if record["eventSource"] == "aws:sqs":
        return record["body"]
    return record["s3"]["object"]["key"]


def handler(event, context):
    if "Records" not in event:
        return {"caller": event["source"], "about": event["detail-type"]}

    first, *others = event["Records"]
    return {
        "caller": first["eventSource"],
        "about": about(first),
        "others": len(others),
    }
