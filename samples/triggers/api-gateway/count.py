def handler(event, context):
    print("counting")
    return {"status": 200, "books": 12}
