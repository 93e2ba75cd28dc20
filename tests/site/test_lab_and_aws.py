"""The page on differences says what the code does: its numbers are the code's."""

from __future__ import annotations

import pytest

from lambdalab.cloud import access
from lambdalab.runtime import admission, process
from lambdalab.runtime.pool import Lifetimes
from lambdalab.triggers import asynchronous
from tests.site.project import ROOT

PAGE = (ROOT / "docs/reference/lab-and-aws.md").read_text(encoding="utf-8")
WORDS = {1: "one", 2: "two", 10: "ten"}


@pytest.mark.parametrize(
    ("sentence", "number"),
    [
        ("looked at every {} ms", process._TICK_S * 1000),
        ("lives for {} minutes of the lab's clock", Lifetimes().idle_s / 60),
        ("a busy one for {} hours", Lifetimes().age_s / 3600),
        ("a signature may be {} minutes old", access._SKEW_S / 60),
        ("{} events of one function run at a time", asynchronous.WORKERS),
        ("again after {} minute and after two", asynchronous.RETRY_AFTER_S / 60),
    ],
)
def test_a_number_of_the_page_is_the_codes(sentence: str, number: float) -> None:
    said = sentence.format(WORDS.get(int(number), int(number)))
    assert number == int(number)
    assert said in PAGE


def test_the_reason_for_throttling_is_the_codes() -> None:
    assert f"has the reason `{admission.CONCURRENT}`" in PAGE
