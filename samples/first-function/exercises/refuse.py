class NameMissing(Exception):
    """The event has no name in it."""


def handler(event, context):
    name = event.get("name", "stranger")
    return {"message": f"Hello, {name}!"}
