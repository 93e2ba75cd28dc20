import csv
import io
import json
import os

import boto3

s3 = boto3.client("s3")


def problems(text):
    for number, row in enumerate(csv.DictReader(io.StringIO(text)), start=2):
        if not row["id"]:
            yield f"line {number}: no id"
        if not row["amount"].replace(".", "", 1).isdigit():
            yield f"line {number}: {row['amount']} is no amount"


def handler(event, context):
    for record in event["Records"]:
        bucket = record["s3"]["bucket"]["name"]
        key = record["s3"]["object"]["key"]
        print("reading", key)
        text = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        found = list(problems(text))
        report = {"Key": f"{key}.json", "Body": json.dumps(found)}
        s3.put_object(Bucket=os.environ["REPORTS"], **report)
        print(len(found), "problems")
