import json


def handler(event, context):
    order = event["detail"]
    print("EVENT", json.dumps(f"{order['customer']} owes {order['total']}"))
