import money


def handler(event, context):
    return "You have paid " + money.text(event["cents"])
