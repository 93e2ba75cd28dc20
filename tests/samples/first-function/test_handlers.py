"""The handlers of "Your first function", called as Python."""

from __future__ import annotations

from typing import Any

import pytest

from tests.samples.chapter import Chapter

chapter = Chapter("first-function")
load = chapter.load


@pytest.mark.parametrize("name", ["app", "mended", "counting", "exercises/language", "exercises/refuse"])
def test_every_version_greets_by_name(name: str) -> None:
    result: dict[str, Any] = load(name).handler({"name": "Ada"}, None)
    assert result["message"] == "Hello, Ada!"


def test_the_first_version_breaks_on_an_event_without_a_name() -> None:
    with pytest.raises(KeyError, match="name"):
        load("app").handler({}, None)


def test_the_mended_one_greets_a_stranger() -> None:
    assert load("mended").handler({}, None) == {"message": "Hello, stranger!"}


def test_the_counter_lives_as_long_as_its_environment() -> None:
    warm, other = load("counting"), load("counting")
    assert [warm.handler({}, None)["calls"] for _ in range(3)] == [1, 2, 3]
    assert other.handler({}, None)["calls"] == 1


def test_what_is_printed_goes_to_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    load("app").handler({"name": "Ada"}, None)
    assert capsys.readouterr().out == "greeting Ada\n"


def test_the_event_for_the_command_line_is_one_the_handler_takes() -> None:
    assert load("app").handler(chapter.event("event.json"), None) == {"message": "Hello, Grace!"}
