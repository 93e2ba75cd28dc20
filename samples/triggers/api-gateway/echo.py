def handler(event, context):
    return {key: value for key, value in event.items() if key not in ("headers", "requestContext")}
