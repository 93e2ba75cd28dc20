"""The page on differences says what the code does: its numbers are the code's, and what is missing is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lambdalab import guard
from lambdalab.delivery import asynchronous
from lambdalab.endpoint import access
from lambdalab.runtime import admission, code
from lambdalab.runtime.pool import Lifetimes
from lambdalab.runtime.processes import process
from lambdalab.services.lambda_.invoke import streaming
from tests.site.project import ROOT

if TYPE_CHECKING:
    from types import ModuleType

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
        ("more than {:,} files and folders", code.NODES_LIMIT),
        ("a path of more than {:,} bytes", code._PATH_BYTES),
        ("bytes or {} parts", code._DEPTH),
        ("again after {} minute and after two", asynchronous.RETRY_AFTER_S / 60),
    ],
)
def test_a_number_of_the_page_is_the_codes(sentence: str, number: float) -> None:
    said = sentence.format(WORDS.get(int(number), int(number)))
    assert number == int(number)
    assert said in PAGE


@pytest.mark.parametrize(
    ("row", "module", "words"),
    [
        (
            "no limit on requests in a second",
            admission,
            "The limit on requests per second (ten times the concurrency) is",
        ),
        ("does without Python's sockets", guard, "compiled code that calls the C library by itself"),
        ("with a symbolic link in it is refused", code, "AWS keeps symbolic links; the lab takes none"),
        ("when the extension is done as well", process, "here when the extensions are done as well"),
        ("comes as fast as it is written", streaming, "AWS slows a stream down to 2 MB a second; the lab does not"),
    ],
)
def test_what_the_lab_does_not_do_is_said_in_the_page_and_in_the_code(row: str, module: ModuleType, words: str) -> None:
    """Whoever builds it changes the module's docstring, and meets the page here."""
    assert row in PAGE
    assert words in " ".join(str(module.__doc__).split())


def test_the_reason_for_throttling_is_the_codes() -> None:
    assert f"has the reason `{admission.CONCURRENT}`" in PAGE
