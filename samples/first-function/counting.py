calls = 0  # runs once for each new execution environment, not once for each call


def handler(event, context):
    global calls
    calls += 1
    name = event.get("name", "stranger")
    print("greeting", name)
    return {"message": f"Hello, {name}!", "calls": calls}
