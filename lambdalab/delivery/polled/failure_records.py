"""What an on-failure destination gets when a stream's poller gives up on records.

A failure record says where the records are (shard, sequence numbers) and how the last invocation ended. It does not
hold the records themselves, which can be read from the stream as long as it keeps them. Only a bucket gets the event.
https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lambdalab.delivery.records import timestamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambdalab.delivery.records import Attempt

    from .shards import Record


def failure_record(
    *,
    batch_info: str,
    now: float,
    request_id: str,
    function_arn: str,
    stream_arn: str,
    shard: str,
    condition: str,
    invocations: int,
    records: Sequence[Record],
    last: Attempt | None,
) -> dict[str, Any]:
    """The document. `batch_info` is "KinesisBatchInfo" or "DDBStreamBatchInfo".

    `last` is None if the function has not been invoked with these records.
    """
    context: dict[str, Any] = {}
    if last is not None:
        context["statusCode"] = last.status
        if last.executed_version is not None:
            context["executedVersion"] = last.executed_version
        if last.failed and last.status == 200:
            context["functionError"] = "Unhandled"
    return {
        "requestContext": {
            "requestId": request_id,
            "functionArn": function_arn,
            "condition": condition,
            "approximateInvokeCount": invocations,
        },
        **({"responseContext": context} if context else {}),
        "version": "1.0",
        "timestamp": timestamp(now),
        batch_info: {
            "shardId": shard,
            "startSequenceNumber": records[0].sequence,
            "endSequenceNumber": records[-1].sequence,
            "approximateArrivalOfFirstRecord": _second(records[0].created),
            "approximateArrivalOfLastRecord": _second(records[-1].created),
            "batchSize": len(records),
            "streamArn": stream_arn,
        },
    }


def with_event(failure: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    """The failure record as a bucket gets it: with the whole event, as text."""
    return {**failure, "payload": json.dumps(event, ensure_ascii=False, separators=(",", ":"))}


def object_key(uuid: str, shard: str, now: float, unique: str) -> str:
    """Where in a bucket: aws/lambda/<UUID of the mapping>/<shard>/2026/11/23/2026-11-23T15.04.05-<random>."""
    return f"aws/lambda/{uuid}/{shard}/{datetime.fromtimestamp(now, UTC):%Y/%m/%d/%Y-%m-%dT%H.%M.%S}-{unique}"


def _second(at: float) -> str:
    return f"{datetime.fromtimestamp(int(at), UTC):%Y-%m-%dT%H:%M:%SZ}"
