import base64
import json


def handler(event, context):
    for record in event["Records"]:
        reading = json.loads(base64.b64decode(record["kinesis"]["data"]))
        if reading.get("celsius", 0) > 1000:
            raise ValueError("impossible")
        print(reading["sensor"], reading["number"], "is fine")
