import base64
import json


def handler(event, context):
    for record in event["Records"]:
        reading = json.loads(base64.b64decode(record["kinesis"]["data"]))
        print(reading["sensor"], reading["number"], "has", reading["celsius"])
