"""Stop, and what is left of Python afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.acts import note, output, press, sees, status, type_over
from tests.browser.server import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page


def test_stop_ends_an_endless_loop_and_keeps_what_was_printed(other: Page) -> None:
    press(other, "Run cell 2")
    expect(output(other, "endless")).to_have_text("before\n")
    press(other, "Stop cell 2")

    sees(other, "endless", "stopped")
    expect(output(other, "endless")).to_have_text("before\n")
    expect(note(other, "endless")).to_contain_text("Python was restarted")
    expect(other.get_by_role("button", name="Run cell 2", exact=True)).to_be_focused()


def test_after_stop_the_next_run_replays_the_cells_above(other: Page) -> None:
    press(other, "Edit cell 1")
    type_over(other, 1, "x = 1\nprint('again')")
    press(other, "Run cell 2")
    expect(output(other, "endless")).to_have_text("before\n")
    press(other, "Stop cell 2")
    sees(other, "endless", "stopped")

    press(other, "Edit cell 2")
    type_over(other, 2, "print(x + 1)")
    press(other, "Run cell 2")
    sees(other, "endless", "done")
    expect(output(other, "endless")).to_have_text("2\n")
    expect(status(other)).to_contain_text("Cell 2: done")


def test_an_endless_print_loop_neither_freezes_nor_floods_the_page(other: Page) -> None:
    press(other, "Edit cell 2")
    type_over(other, 2, "pass")
    press(other, "Run cell 3")

    # Not `expect`: it would print the flood when it fails.
    other.wait_for_function("document.querySelector('#cell-flood .lab-outputs').textContent.length >= 200_000")
    text = output(other, "flood").evaluate("e => e.textContent")
    assert len(text) < 200_200
    assert text.endswith("a cell in the page shows 200,000 characters at most.\n")
    press(other, "Stop cell 3")
    sees(other, "flood", "stopped")


def test_stop_while_python_loads(other: Page) -> None:
    press(other, "Run cell 1")
    press(other, "Stop cell 1")

    sees(other, "alone", "stored")
    press(other, "Run cell 1")
    sees(other, "alone", "done")


def test_a_waiting_cell_is_not_run_after_stop(other: Page) -> None:
    press(other, "Run cell 2")
    expect(output(other, "endless")).to_have_text("before\n")
    press(other, "Run cell 6")
    sees(other, "quiet", "waiting")
    press(other, "Stop cell 2")

    sees(other, "endless", "stopped")
    sees(other, "quiet", "stored")


@pytest.fixture(scope="module")
def isolated(site: Path) -> Iterator[str]:
    """The same site from a server that lets a page share memory with its worker."""
    with serving(site, isolated=True) as address:
        yield address


def test_where_memory_can_be_shared_stop_keeps_python_and_its_variables(tab: Page, isolated: str) -> None:
    tab.goto(f"{isolated}/chapters/other.html")
    press(tab, "Edit cell 1")
    type_over(tab, 1, "x = 41")
    press(tab, "Run cell 2")
    expect(output(tab, "endless")).to_have_text("before\n")
    press(tab, "Stop cell 2")

    sees(tab, "endless", "stopped")
    expect(note(tab, "endless")).to_contain_text("Python keeps its variables")
    press(tab, "Edit cell 2")
    type_over(tab, 2, "print(x + 1)")
    press(tab, "Run cell 2")
    sees(tab, "endless", "done")
    expect(output(tab, "endless")).to_have_text("42\n")
