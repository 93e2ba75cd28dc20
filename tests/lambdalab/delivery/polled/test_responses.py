"""What an answer says of a batch: each condition of the documentation."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambdalab.delivery.polled.responses import failed

BATCH = frozenset({"1", "2", "3"})


def named(answer: Any) -> frozenset[str]:
    return failed(json.dumps(answer).encode(), BATCH)


@pytest.mark.source("All mappings", "partial batch responses: what counts as a success")
@pytest.mark.parametrize(
    "answer", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}, {"something": "else"}]
)
def test_an_empty_list_of_failures_is_a_success(answer: Any) -> None:
    assert named(answer) == frozenset()


@pytest.mark.source("All mappings", "partial batch responses: what counts as a failure of all")
@pytest.mark.parametrize(
    "answer",
    [
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"messageId": "1"}]},
        {"batchItemFailures": [{"itemIdentifier": "of no message"}]},
        {"batchItemFailures": [{"itemIdentifier": "1"}, {"itemIdentifier": "of no message"}]},
        {"batchItemFailures": ["1"]},
        {"batchItemFailures": "1"},
        {"batchItemFailures": [{"itemIdentifier": 1}]},
        "a text",
        ["1"],
    ],
)
def test_a_malformed_answer_fails_the_whole_batch(answer: Any) -> None:
    assert named(answer) == BATCH


def test_an_answer_that_is_not_json_fails_the_whole_batch() -> None:
    assert failed(b"NaN-ish {", BATCH) == BATCH


def test_no_answer_at_all_is_a_success() -> None:
    assert failed(None, BATCH) == frozenset()


@pytest.mark.source("All mappings", "partial batch responses")
def test_a_record_may_be_reported_more_than_once() -> None:
    answer = {"batchItemFailures": [{"itemIdentifier": "2"}, {"itemIdentifier": "2"}, {"itemIdentifier": "3"}]}
    assert named(answer) == {"2", "3"}
