import os

STAGE = os.environ["STAGE"]  # Init: a function without a stage does not start


def handler(event, context):
    return {
        "stage": STAGE,
        "table": os.environ.get("TABLE"),
        "region": os.environ["AWS_REGION"],  # Lambda's own
    }
