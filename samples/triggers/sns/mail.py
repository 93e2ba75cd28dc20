import json


def handler(event, context):
    for record in event["Records"]:
        order = json.loads(record["Sns"]["Message"])
        kind = record["Sns"]["MessageAttributes"].get("kind", {}).get("Value")
        if order["total"] < 0:
            raise ValueError(f"order {order['id']}: nobody owes us money")
        print("order", order["id"], "of", order["total"], "kind", kind)
