"""The handlers of "Event sources", called as Python, with events of each shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.samples.chapter import Chapter

if TYPE_CHECKING:
    from lambdalab import Lab

chapter = Chapter("concepts/event-sources")

EVENTS: dict[str, tuple[dict[str, Any], Any]] = {
    "API Gateway": ({"requestContext": {}, "body": "tea"}, "tea"),
    "EventBridge": ({"detail-type": "sold", "detail": {"what": "tea"}}, {"what": "tea"}),
    "S3": ({"Records": [{"s3": {"object": {"key": "tea.txt"}}}]}, "tea.txt"),
    "SNS": ({"Records": [{"Sns": {"Message": "tea"}}]}, "tea"),
    "SQS": ({"Records": [{"body": "tea"}]}, "tea"),
}


@pytest.mark.parametrize("service", EVENTS)
def test_the_caller_is_recognised(service: str) -> None:
    event, content = EVENTS[service]
    assert chapter.load("caller").caller(event) == (service, content)


def test_it_answers_as_api_gateway_wants_it() -> None:
    assert chapter.load("caller").handler(EVENTS["API Gateway"][0], None)["statusCode"] == 200


def test_it_fails_when_it_is_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIL", "1")
    with pytest.raises(RuntimeError, match="no luck with what SNS sent"):
        chapter.load("caller").handler(EVENTS["SNS"][0], None)


def test_the_solution_reads_every_record() -> None:
    records = [{"body": "tea"}, {"Sns": {"Message": "milk"}}]
    assert chapter.solved("words")({"Records": records}, None) == ["tea", "milk"]


@pytest.mark.parametrize("exercise", ["words", "doorbell", "careless"])
def test_a_check_without_the_cells_above_says_what_to_do(lab: Lab, exercise: str) -> None:
    assert "Run the cells from the top." in chapter.said(exercise)
