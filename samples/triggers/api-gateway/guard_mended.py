USERS = {"ada-1815": "ada", "bob-1923": "bob"}  # never in the code of a real one


def handler(event, context):
    user = USERS.get(event["authorizationToken"].removeprefix("Bearer "))
    if user is None:
        raise Exception("Unauthorized")
    print(user, "asks for", event["methodArn"].partition("/")[2])
    api, stage, *_ = event["methodArn"].split("/")
    everything = f"{api}/{stage}/*"
    allow = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": everything}
    return {
        "principalId": user,
        "policyDocument": {"Version": "2012-10-17", "Statement": [allow]},
    }
