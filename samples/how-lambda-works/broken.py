import json

settings = json.loads("{'debug': true}")


def handler(event, context):
    return settings
