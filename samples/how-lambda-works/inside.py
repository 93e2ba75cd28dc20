def handler(event, context):
    import boto3

    s3 = boto3.client("s3")
    return s3.meta.region_name
