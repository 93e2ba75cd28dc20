import money


def handler(event, context):
    return "Please pay " + money.text(event["cents"])
