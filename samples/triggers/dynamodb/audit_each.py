import boto3

table = boto3.resource("dynamodb").Table("audit")


def cents(change, image):
    return int(change.get(image, {}).get("cents", {"N": "0"})["N"])


def handler(event, context):
    for record in event["Records"]:
        change = record["dynamodb"]
        print("order", change["Keys"]["id"]["S"])
        try:
            entry = {
                "order": change["Keys"]["id"]["S"],
                "number": change["SequenceNumber"],
                "what": record["eventName"],
                "cents": cents(change, "NewImage") - cents(change, "OldImage"),
            }
            table.put_item(Item=entry)
        except Exception as problem:
            print("failed:", problem)
            first_failed = {"itemIdentifier": change["SequenceNumber"]}
            return {"batchItemFailures": [first_failed]}  # go on from here
    return {"batchItemFailures": []}
