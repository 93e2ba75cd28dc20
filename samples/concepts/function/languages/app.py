def handler(event, context):
    left = context.get_remaining_time_in_millis()
    print(f"{context.function_name}: {left} ms left")
    return {"message": f"Hello, {event['name']}!"}
