def handler(event, context):
    raise RuntimeError("I drop everything")
