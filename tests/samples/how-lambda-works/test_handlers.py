"""The handlers of "How Lambda works", called as Python."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest

from tests.samples.chapter import Chapter

if TYPE_CHECKING:
    from pathlib import Path

chapter = Chapter("how-lambda-works")
load = chapter.load


def test_memory_and_tmp_are_kept_from_call_to_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    warm = load("remember")
    assert [warm.handler({}, None) for _ in range(2)] == [
        {"in memory": 1, "in /tmp": 1},
        {"in memory": 2, "in /tmp": 2},
    ]


def test_a_new_environment_has_an_empty_memory_and_an_empty_tmp(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for environment in ("one", "other"):
        folder = tmp_path / environment
        folder.mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(folder))
        assert load("remember").handler({}, None) == {"in memory": 1, "in /tmp": 1}


def test_each_environment_counts_for_itself() -> None:
    warm, other = load("crowd"), load("crowd")
    assert [warm.handler({}, None), warm.handler({}, None), other.handler({}, None)] == [1, 2, 1]


def test_what_init_made_stays_and_the_hook_makes_it_anew() -> None:
    restored = load("snapshot")
    restored.christen()
    first = restored.handler({}, None)
    restored.christen()
    second = restored.handler({}, None)
    assert first["made by Init"] == second["made by Init"]
    assert first["made after the restore"] != second["made after the restore"]


def test_the_thread_ticks_as_long_as_its_process_does(monkeypatch: pytest.MonkeyPatch) -> None:
    third = threading.Event()
    slept = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) > 3:
            third.set()
            threading.Event().wait()  # the thread stands still: it is a daemon, and ends with the tests

    monkeypatch.setattr("time.sleep", sleep)
    ticking = load("ticking")
    assert third.wait(5)
    assert slept == [0.1] * 4
    assert ticking.ticks == 3


@pytest.mark.parametrize("name", ["outside", "inside"])
def test_both_make_a_client(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert load(name).handler({}, None) == "eu-west-1"


def test_the_broken_one_breaks_while_it_is_imported() -> None:
    with pytest.raises(json.JSONDecodeError):
        load("broken")


def test_the_basket_goes_from_customer_to_customer() -> None:
    shop = load("exercises/basket")
    shop.handler({"customer": "Ada", "items": ["tea"]}, None)
    assert shop.handler({"customer": "Grace", "items": ["milk"]}, None)["basket"] == ["tea", "milk"]


def test_the_rates_are_loaded_in_every_call(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    exchange = load("exercises/rates")
    assert [exchange.handler({"usd": 100, "to": "EUR"}, None)["amount"] for _ in range(2)] == [92.0, 92.0]
    assert capsys.readouterr().out.count("loading the rates") == 2


def test_invoice_numbers_begin_again_in_a_new_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    one, other = load("exercises/invoices"), load("exercises/invoices")
    assert [one.handler({}, None), other.handler({}, None)] == [{"invoice": 1}, {"invoice": 1}]


def test_the_runtime_in_bash_is_ten_lines_and_a_first_one_that_names_bash() -> None:
    lines = (chapter.folder / "bootstrap").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#!/bin/bash"
    assert len(lines) == 11
