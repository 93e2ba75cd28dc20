import json


def handler(event, context):
    temperatures = []
    for record in event["Records"]:
        reading = json.loads(record["kinesis"]["data"])
        temperatures.append(reading["celsius"])
    return max(temperatures)
