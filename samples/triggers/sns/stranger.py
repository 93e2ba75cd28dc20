def handler(event, context):
    print("order taken")
