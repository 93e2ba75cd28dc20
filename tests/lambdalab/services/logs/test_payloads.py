"""What CloudWatch Logs sends, compared with AWS's published sample."""

from __future__ import annotations

import base64
import gzip
import json

import pytest

from lambdalab.services.logs import payloads as logs
from tests.lambdalab.shapes import shape

SAMPLE = {
    "messageType": "str",
    "owner": "str",
    "logGroup": "str",
    "logStream": "str",
    "subscriptionFilters": ["str"],
    "logEvents": [{"id": "str", "timestamp": "int", "message": "str"}],
}
"""The shape of what is inside the sample that the SAM CLI generates."""


@pytest.mark.source("CloudWatch Logs", "the event's form")
def test_a_function_gets_zipped_json() -> None:
    events = [{"id": logs.event_id(1_440_442_987_000, 7), "timestamp": 1_440_442_987_000, "message": "grüß", "x": 1}]
    event = logs.event(logs.data("123456789012", "testLogGroup", "testLogStream", ["testFilter"], events))
    assert shape(event) == {"awslogs": {"data": "str"}}
    inside = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
    assert shape(inside) == SAMPLE
    assert list(inside) == list(SAMPLE)
    assert inside["messageType"] == "DATA_MESSAGE"
    assert inside["logEvents"][0]["message"] == "grüß"


def test_ids_have_56_digits_and_grow() -> None:
    ids = [logs.event_id(timestamp, number) for timestamp, number in ((1, 9), (1, 10), (2, 0))]
    assert {len(each) for each in ids} == {56}
    assert ids == sorted(ids)
