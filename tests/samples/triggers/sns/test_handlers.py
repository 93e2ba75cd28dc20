"""The handlers of "Amazon SNS", called as Python, with messages as SNS hands them over."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.samples.chapter import Chapter

if TYPE_CHECKING:
    from lambdalab import Lab

chapter = Chapter("triggers/sns")


def notified(order: dict[str, Any], **attributes: str) -> dict[str, Any]:
    found = {name: {"Type": "String", "Value": value} for name, value in attributes.items()}
    return {"Records": [{"Sns": {"Message": json.dumps(order), "MessageAttributes": found}}]}


def test_the_mail_says_what_was_ordered(capsys: pytest.CaptureFixture[str]) -> None:
    handler = chapter.load("mail").handler
    handler(notified({"id": 1, "total": 20}), None)
    handler(notified({"id": 2, "total": 30}, kind="gift"), None)
    assert capsys.readouterr().out.splitlines() == ["order 1 of 20 kind None", "order 2 of 30 kind gift"]


def test_the_mail_refuses_a_negative_total() -> None:
    with pytest.raises(ValueError, match="nobody owes us money"):
        chapter.load("mail").handler(notified({"id": 21, "total": -1}), None)


@pytest.mark.parametrize("name", ["gifts", "large", "express"])
def test_whoever_chooses_prints_the_order(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    chapter.load(name).handler(notified({"id": 3}), None)
    assert capsys.readouterr().out == "order 3\n"


def test_the_solution_opens_both_envelopes() -> None:
    records = [{"body": json.dumps({"Message": json.dumps({"id": number})})} for number in (7, 8)]
    assert chapter.solved("unpack")({"Records": records}, None) == [7, 8]


@pytest.mark.parametrize("exercise", ["express", "unpack", "stranger"])
def test_a_check_without_the_cells_above_says_what_to_do(lab: Lab, exercise: str) -> None:
    assert "Run the cells from the top." in chapter.said(exercise)
