"""The chapters as they are published: built by `make site`, served by `make serve`'s server, run in a browser."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import expect

from tests.axe import faults, one_of_each_token
from tests.browser.acts import press, sees, status
from tools.browser.bundle import ROOT
from tools.serve import Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.browser.conftest import Watch

BUILT = ROOT / "site"
RUNNING = 480_000  # milliseconds that all cells of a chapter may take on a machine that is slow and busy
SCHEMES = {"light": "default", "dark": "slate"}
PAGES = {
    page.parent.relative_to(BUILT).as_posix(): page
    for page in sorted(BUILT.rglob("index.html"))
    if "<lab-notebook" in page.read_text(encoding="utf-8")
}
NOTEBOOKS = {name: name.removeprefix("notebooks/") for name in PAGES if name.startswith("notebooks/")}
"""A notebook's own page, and the chapter that shows the same notebook."""
CHAPTERS = [name for name in PAGES if NOTEBOOKS.get(name) not in PAGES]
"""The pages that differ in what runs in them."""


@pytest.fixture(scope="module")
def published() -> Iterator[str]:
    server = Site(0, BUILT)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_the_site_is_built() -> None:
    assert CHAPTERS, "no chapter with a notebook in site/: run `make site` first, as `make test` does"


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebooks_own_page_has_the_cells_of_its_chapter(name: str) -> None:
    """Character by character; so what runs in the one runs in the other."""
    own = cells_of(PAGES[name])
    assert own
    assert own == cells_of(PAGES[NOTEBOOKS[name]])


def cells_of(page: Path) -> list[str]:
    return [str(cell) for cell in BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser").select("lab-cell")]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_cell_of_a_chapter_runs_and_then_axe_finds_nothing(
    chapter: str, published: str, tab: Page, watch: Watch
) -> None:
    """One run, then four looks at the page: Python takes longer to load than all else here."""
    tab.emulate_media(reduced_motion="reduce")  # else contrast is measured in the middle of a fade
    tab.goto(f"{published}/{chapter}/")
    tab.wait_for_load_state("networkidle")
    assert watch.runner_files() == []

    press(tab, "Run all cells")
    cells = tab.locator("lab-cell:not([data-needs-process])")
    unsettled = 'lab-cell:not([data-needs-process]):not([data-state="done"]):not([data-state="error"])'
    tab.wait_for_function(
        "selector => !document.querySelector(selector) || document.querySelector('lab-cell[data-state=error]')",
        arg=unsettled,
        timeout=RUNNING,
    )

    assert [(cell.get_attribute("id"), cell.inner_text()) for cell in cells.all() if cell_failed(cell)] == []
    expect(tab.locator('lab-cell[data-state="done"]')).to_have_count(cells.count())

    press(tab, "Edit cell 1")
    expect(tab.get_by_role("textbox", name="Code of cell 1.")).to_be_visible()
    one_of_each_token(tab)
    found = {(scheme, width): looked_at(tab, scheme, width) for scheme in SCHEMES for width in (1280, 390)}
    assert found == {look: [] for look in found}


def cell_failed(cell: object) -> bool:
    return cell.get_attribute("data-state") == "error"  # type: ignore[attr-defined]


def looked_at(tab: Page, scheme: str, width: int) -> list[str]:
    """What axe says to the page in these colours, at this width."""
    tab.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    tab.set_viewport_size({"width": width, "height": 900})
    tab.wait_for_function("scheme => document.body.dataset.mdColorScheme === scheme", arg=SCHEMES[scheme])
    # The page looks at its boxes when it has been laid out anew: after the next frame.
    tab.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))")
    return faults(tab)


def test_cells_run_on_a_notebooks_own_page(published: str, tab: Page) -> None:
    tab.goto(f"{published}/{next(iter(NOTEBOOKS))}/")
    press(tab, "Run cell 1")
    sees(tab, (tab.locator("lab-cell").first.get_attribute("id") or "").removeprefix("cell-"), "done")


def test_cells_run_on_a_page_reached_by_a_link(published: str, tab: Page) -> None:
    tab.goto(f"{published}/")
    tab.evaluate("window.sameDocument = true")
    tab.locator(f'a[href*="{CHAPTERS[0]}/"]:visible').first.click()
    first = tab.locator("lab-cell:not([data-needs-process])").first
    first.get_by_role("button", name="Run cell 1", exact=True).click()

    sees(tab, (first.get_attribute("id") or "").removeprefix("cell-"), "done")
    expect(status(tab).first).to_contain_text("Cell 1: done")
    assert tab.evaluate("window.sameDocument") is True
