import boto3

s3 = boto3.client("s3")


def handler(event, context):
    for record in event["Records"]:
        bucket = record["s3"]["bucket"]["name"]
        key = record["s3"]["object"]["key"]
        key = key.replace("+", " ")
        data = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        filed = key.replace("in/", "filed/", 1)
        s3.put_object(Bucket=bucket, Key=filed, Body=data)
