USERS = {"ada-1815": "ada", "bob-1923": "bob"}  # a real one looks them up


def handler(event, context):
    user = USERS.get(event["authorizationToken"].removeprefix("Bearer "))
    if user is None:
        raise Exception("Unauthorized")
    print(user, "asks for", event["methodArn"].partition("/")[2])
    allow = {
        "Effect": "Allow",
        "Action": "execute-api:Invoke",
        "Resource": event["methodArn"],
    }
    return {
        "principalId": user,
        "policyDocument": {"Version": "2012-10-17", "Statement": [allow]},
    }
