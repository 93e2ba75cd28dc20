"""The page around the cells: other pages, crashes, browsers that cannot, and readers who do not see it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.axe import faults
from tests.browser.acts import note, output, press, sees, status, type_over

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Watch

# What the site's theme does on a click: it puts the other page's content in place of this one's, in the same document.
SWAP = """async (url) => {
  const other = new DOMParser().parseFromString(await (await fetch(url)).text(), 'text/html');
  history.pushState({}, '', url);
  document.title = other.title;
  document.querySelector('main').replaceWith(other.querySelector('main'));
}"""


def workers(page: Page) -> int:
    return len(page.workers)


def test_cells_run_after_a_page_change_without_reload_and_start_afresh(chapter: Page, address: str) -> None:
    press(chapter, "Run cell 2")
    sees(chapter, "handler", "done")
    chapter.evaluate(SWAP, f"{address}/chapters/other.html")

    press(chapter, "Run cell 1")
    sees(chapter, "alone", "done")
    expect(output(chapter, "alone")).to_have_text("False False\n")  # neither the variables nor the file

    chapter.evaluate(SWAP, f"{address}/chapters/first.html")
    expect(output(chapter, "first")).to_have_text("first, as stored\n")
    press(chapter, "Run cell 1")
    sees(chapter, "first", "done")


def test_leaving_a_page_ends_its_running_cell(other: Page, address: str) -> None:
    press(other, "Run cell 2")
    expect(output(other, "endless")).to_have_text("before\n")
    assert workers(other) == 1
    with other.workers[0].expect_event("close"):
        other.evaluate(SWAP, f"{address}/chapters/first.html")

    assert workers(other) == 0


def test_a_crash_of_python_is_told_and_the_next_run_starts_over(other: Page, watch: Watch) -> None:
    watch.complaints_are_expected = True  # Pyodide says on the console what broke
    press(other, "Edit cell 1")
    type_over(other, 1, "import os\nprint('about to')\nos.abort()")
    press(other, "Run cell 1")
    expect(note(other, "alone")).to_contain_text("Python stopped working and was ended")
    expect(output(other, "alone")).to_contain_text("about to")

    press(other, "Reset cell 1")
    press(other, "Run cell 1")
    sees(other, "alone", "done")


def test_a_browser_without_webassembly_is_told(tab: Page, address: str) -> None:
    tab.add_init_script("delete globalThis.WebAssembly")
    tab.goto(f"{address}/chapters/other.html")
    press(tab, "Run cell 1")

    expect(note(tab, "alone")).to_contain_text("This browser cannot run Python")


def test_progress_is_shown_while_python_loads(chapter: Page) -> None:
    bar = chapter.get_by_role("progressbar", name="Loading Python", include_hidden=True)
    expect(bar).to_be_hidden()
    chapter.evaluate(
        """() => {
          window.seen = [];
          const bar = document.querySelector('[role=progressbar]');
          new MutationObserver(() => seen.push(Number(bar.getAttribute('aria-valuenow'))))
            .observe(bar, { attributes: true, attributeFilter: ['aria-valuenow'] });
        }"""
    )
    press(chapter, "Run cell 1")
    sees(chapter, "first", "done")

    expect(bar).to_be_hidden()
    seen = chapter.evaluate("seen")
    assert seen == sorted(seen)
    assert seen[-1] == 100
    assert len(set(seen)) > 3


def test_a_screen_reader_hears_how_it_goes(chapter: Page) -> None:
    chapter.evaluate(
        """() => {
          window.heard = [];
          const listen = (element) => new MutationObserver(() => heard.push(element.textContent))
            .observe(element, { childList: true, characterData: true, subtree: true });
          document.querySelectorAll('[role=status], [aria-live]').forEach(listen);
        }"""
    )
    press(chapter, "Run cell 1")
    sees(chapter, "first", "done")
    expect(status(chapter)).to_have_text(re.compile(r"^Cell 1: done in \d+\.\d s$"))
    heard = chapter.evaluate("heard.filter(Boolean)")

    assert heard[0] == "Loading Python…"
    assert "Cell 1: running" in heard
    assert any(sentence.startswith("Cell 1: done in ") for sentence in heard)
    assert "first ['one', 'two']" in heard


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_before_while_and_after_a_run(other: Page, scheme: str, width: int) -> None:
    other.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    other.set_viewport_size({"width": width, "height": 900})
    assert faults(other) == []
    press(other, "Edit cell 1")
    press(other, "Run cell 2")
    expect(output(other, "endless")).to_have_text("before\n")
    assert faults(other) == []
    press(other, "Stop cell 2")
    sees(other, "endless", "stopped")
    assert faults(other) == []
    assert other.evaluate("document.documentElement.scrollWidth <= innerWidth")
