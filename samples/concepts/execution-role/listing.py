import os

import boto3

s3 = boto3.client("s3")


def handler(event, context):
    found = s3.list_objects_v2(Bucket=os.environ["BUCKET"], Prefix=event["prefix"])
    return [item["Key"] for item in found["Contents"]]
