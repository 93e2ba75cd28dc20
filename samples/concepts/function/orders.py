import xmltodict


def handler(event, context):
    order = xmltodict.parse(event["xml"])["order"]
    return f"{order['customer']} pays {order['total']}"
