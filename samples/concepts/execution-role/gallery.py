import os

import boto3

s3 = boto3.client("s3")
bucket = os.environ["BUCKET"]


def handler(event, context):
    made = []
    for item in s3.list_objects_v2(Bucket=bucket, Prefix="photos/")["Contents"]:
        photo = s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()
        thumb = item["Key"].replace("photos/", "thumbs/")
        s3.put_object(Bucket=bucket, Key=thumb, Body=photo[:4])
        made.append(thumb)
    return made
