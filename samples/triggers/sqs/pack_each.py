import json


def handler(event, context):
    failed = []
    for record in event["Records"]:
        try:
            order = json.loads(record["body"])
            print("order", order["id"], "packed")
        except Exception as problem:
            print("order not read:", problem)
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
