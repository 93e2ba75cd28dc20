import base64
import json


def handler(event, context):
    print("batch of", len(event["Records"]))
    for record in event["Records"]:
        reading = json.loads(base64.b64decode(record["kinesis"]["data"]))
        if reading["celsius"] > 100:
            raise ValueError(f"{reading['sensor']} {reading['number']} is on fire")
        print(reading["sensor"], reading["number"], "has", reading["celsius"])
