import fastsum


def handler(event, context):
    return fastsum.total(event["numbers"])
