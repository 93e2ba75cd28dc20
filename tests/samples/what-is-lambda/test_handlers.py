"""The handlers, events and prices of "What is AWS Lambda?", without Lambda."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest

from tests.samples.chapter import ROOT, Chapter
from tools.site import facts

chapter = Chapter("what-is-lambda")
load, solved = chapter.load, chapter.solved


def event(name: str) -> Any:
    return chapter.event(f"events/{name}.json")


KNOWN = {
    "s3-put": {"caller": "aws:s3", "about": "photos/cat.jpg", "others": 0},
    "sqs": {"caller": "aws:sqs", "about": "order 1", "others": 1},
    "schedule": {"caller": "aws.events", "about": "Scheduled Event"},
}


@pytest.mark.parametrize("name", KNOWN)
def test_the_event_says_who_called(name: str) -> None:
    assert load("who_called").handler(event(name), None) == KNOWN[name]
    assert solved("sns")(event(name), None) == KNOWN[name]


def test_sns_spells_its_key_in_another_way() -> None:
    with pytest.raises(KeyError, match="eventSource"):
        load("who_called").handler(event("sns"), None)
    assert solved("sns")(event("sns"), None) == {"caller": "aws:sns", "about": "order 3", "others": 0}


def test_a_function_describes_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAMBDA_TASK_ROOT", "/var/task")
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    said = load("where").handler({}, SimpleNamespace(memory_limit_in_mb=256))
    assert (said["memory"], said["region"], said["folder of the code"]) == ("256 MB", "eu-north-1", "/var/task")
    assert len(said) == 9  # the notebook says so


def test_a_busy_function_is_busy_for_as_long_as_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    busy, slept = load("busy"), []
    monkeypatch.setattr(busy.time, "sleep", slept.append)
    assert busy.handler({"seconds": 2}, SimpleNamespace(log_stream_name="one")) == {"environment": "one"}
    assert slept == [2]


def test_the_bill_to_mend_is_too_low_and_the_mended_one_is_right() -> None:
    checks = load("checks")
    ask = {"log": checks.LOG}
    right = 2 * checks.REQUEST + (0.241 + 0.040) * checks.GB_SECOND
    assert load("exercises/bill").handler(ask, None)["usd"] < right / 2
    assert solved("bill")(ask, None)["usd"] == pytest.approx(right)
    assert solved("bill")({"log": checks.LOG[:2]}, None) == {"usd": 0}


@pytest.mark.parametrize(
    "file", ["samples/what-is-lambda/checks.py", "samples/what-is-lambda/exercises/bill.py",
             "samples/what-is-lambda/solutions/bill.cell", "notebooks/what-is-lambda.ipynb"],
)  # fmt: skip
def test_prices_in_code_are_those_of_the_facts(file: str) -> None:
    known, code = facts.load(), (ROOT / file).read_text(encoding="utf-8")
    request, second = known["price_request"].value, known["price_gb_second"].value
    assert re.findall(r"REQUEST.*? = ([\d.]+) / 1_000_000", code)[:1] == [request]
    assert re.findall(r"GB_SECOND = (?:0.20 / 1_000_000, )?([\d.]+)", code)[:1] == [second]


def test_the_crossing_is_computed_from_the_facts() -> None:
    known, code = facts.load(), (ROOT / "notebooks" / "what-is-lambda.ipynb").read_text(encoding="utf-8")
    assert f"SERVER = {known['server_price'].value}  # USD a month" in code
    assert f"FREE = {known['free_requests'].value:_}, {known['free_gb_seconds'].value:_}  # " in code
    assert f"PRICE_LOG_GB = {known['price_logs'].value}  # USD" in code
