"""The event of a Kinesis stream: {"Records": [record, …]}.

https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html#services-kinesis-event-example
"""

from __future__ import annotations

from typing import Any


def record(
    *, stream_arn: str, shard: str, sequence: str, key: str, data: str, arrived: float, role_arn: str
) -> dict[str, Any]:
    """A record; `data` is in base64, `arrived` in seconds since the epoch."""
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": key,
            "sequenceNumber": sequence,
            "data": data,
            "approximateArrivalTimestamp": round(arrived, 3),
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"{shard}:{sequence}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": role_arn,
        "awsRegion": stream_arn.split(":")[3],
        "eventSourceARN": stream_arn,
    }
