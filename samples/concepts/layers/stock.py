import greeting


def handler(event, context):
    return f"{greeting.TEXT} 12 are left."
