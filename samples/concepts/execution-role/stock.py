def handler(event, context):
    return "12 are left"
