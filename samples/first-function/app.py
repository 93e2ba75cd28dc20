def handler(event, context):
    name = event["name"]
    print("greeting", name)
    return {"message": f"Hello, {name}!"}
