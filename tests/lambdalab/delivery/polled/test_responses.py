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
def test_nothing_named_is_a_success(answer: Any) -> None:
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
def test_what_cannot_be_made_sense_of_is_a_failure_of_all(answer: Any) -> None:
    assert named(answer) == BATCH


def test_what_is_no_json_is_a_failure_of_all() -> None:
    assert failed(b"NaN-ish {", BATCH) == BATCH


def test_no_answer_at_all_is_a_success() -> None:
    assert failed(None, BATCH) == frozenset()


@pytest.mark.source("All mappings", "partial batch responses")
def test_what_is_named_has_failed_however_often_it_is_named() -> None:
    answer = {"batchItemFailures": [{"itemIdentifier": "2"}, {"itemIdentifier": "2"}, {"itemIdentifier": "3"}]}
    assert named(answer) == {"2", "3"}
