USERS = {"ada-1815": "ada", "bob-1923": "bob"}


def handler(event, context):
    token = event["headers"]["authorization"].removeprefix("Bearer ")
    user = USERS.get(token)
    return {"isAuthorized": user is not None, "context": {"user": user}}
