"""The handlers of "The function", called as Python, and what the page says of the context."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace
from typing import Any

import pytest
from awslambdaric.lambda_context import LambdaContext

from tests.samples.chapter import Chapter

chapter = Chapter("concepts/function")
load, solved = chapter.load, chapter.solved


@pytest.fixture
def context() -> LambdaContext:
    """As AWS's runtime client makes it, for a call that may take a minute."""
    return LambdaContext("request", {}, {}, (time.time() + 60) * 1000)


def test_the_context_has_these_attributes_and_no_others(context: LambdaContext) -> None:
    public = {name for name in vars(context) if not name.startswith("_")}
    assert set(load("about").NAMES) == public | {"identity", "client_context"}


def test_the_time_that_is_left_gets_less(context: LambdaContext, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = time.time()
    monkeypatch.setattr("time.time", lambda: moment)

    def sleep(seconds: float) -> None:
        nonlocal moment
        moment += seconds

    monkeypatch.setattr("time.sleep", sleep)
    answer = load("about").handler({}, context)
    assert (answer["left at the start"], answer["left a second later"]) == ("60 s", "59 s")


@pytest.mark.parametrize("name", ["tuple", "numbers as keys", "nothing"])
def test_some_answers_become_json_of_another_kind(name: str) -> None:
    answer = load("returns").handler(name, None)
    assert json.loads(json.dumps(answer)) == {"tuple": [1, 2], "numbers as keys": {"1": "one", "2": "two"}}.get(name)


def test_an_order_is_read_from_xml() -> None:
    event = {"xml": "<order><customer>Ada</customer><total>19.90</total></order>"}
    assert load("orders").handler(event, None) == "Ada pays 19.90"


def test_a_function_without_a_stage_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STAGE", raising=False)
    with pytest.raises(KeyError, match="STAGE"):
        load("settings")


BASKET = {"basket": ["tea", "milk"]}


def test_every_version_adds_up() -> None:
    prices = [load(f"prices_{number}").handler({**BASKET, "coupon": "no"}, None) for number in (1, 2, 3, 4)]
    assert prices == [{"total": 5}, {"total": 5}, {"total": 5}, {"total": 6}]


def test_from_the_second_on_a_coupon_counts() -> None:
    prices = [load(f"prices_{number}").handler({**BASKET, "coupon": "TEATIME"}, None) for number in (1, 2, 3, 4)]
    assert prices == [{"total": 5}, {"total": 4}, {"total": 4}, {"total": 5}]


def test_the_second_fails_customers_without_a_coupon() -> None:
    assert load("prices_1").handler(BASKET, None) == load("prices_3").handler(BASKET, None) == {"total": 5}
    with pytest.raises(KeyError, match="coupon"):
        load("prices_2").handler(BASKET, None)


def running_out_of(milliseconds: int) -> Any:
    """A context whose time goes by 300 ms from question to question, as a picture takes."""
    left = iter(range(milliseconds, 0, -300))
    return SimpleNamespace(get_remaining_time_in_millis=lambda: next(left))


def test_pictures_are_done_while_there_is_time_and_none_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    names = [f"{number}.jpg" for number in range(20)]
    answer = solved("pictures")({"pictures": names}, running_out_of(2000))
    assert answer == {"done": [f"small-{name}" for name in names[:5]], "left": names[5:]}
    assert load("exercises/pictures").handler({"pictures": names}, None)["left"] == []
