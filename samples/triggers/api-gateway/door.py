USERS = {"ada-1815": "ada", "bob-1923": "bob"}


def handler(event, context):
    user = USERS.get(event["headers"]["authorization"].removeprefix("Bearer "))
    return {"isAuthorized": user is not None, "context": {"user": user}}
