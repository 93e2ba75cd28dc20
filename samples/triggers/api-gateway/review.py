import json


def handler(event, context):
    review = json.loads(event["body"])
    stars = int(review["stars"])
    return {"statusCode": 201, "body": json.dumps({"stars": stars})}
