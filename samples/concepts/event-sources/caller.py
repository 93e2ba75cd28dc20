import os


def caller(event):
    if "requestContext" in event:
        return "API Gateway", event["body"]
    if "detail-type" in event:
        return "EventBridge", event["detail"]
    record = event["Records"][0]
    if "s3" in record:
        return "S3", record["s3"]["object"]["key"]
    if "Sns" in record:
        return "SNS", record["Sns"]["Message"]
    return "SQS", record["body"]


def handler(event, context):
    service, content = caller(event)
    print("called by", service, "with", content)
    if "FAIL" in os.environ:
        raise RuntimeError(f"no luck with what {service} sent")
    return {"statusCode": 200, "body": f"hello, {service}"}
