import json
import os

import boto3

s3 = boto3.client("s3")
sqs = boto3.client("sqs")


def handler(order, context):
    key = f"archive/{order['day']}/{order['id']}.json"
    s3.put_object(Bucket=os.environ["BUCKET"], Key=key, Body=json.dumps(order))
    if order["amount"] > 1000:
        sqs.send_message(QueueUrl=os.environ["QUEUE"], MessageBody=key)
    return key
