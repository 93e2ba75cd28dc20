"""Every built page in a real browser: readable by everybody, at every width, and from no other host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.site.project import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

AXE = ROOT / "node_modules/axe-core/axe.min.js"
GRAVE = ("serious", "critical")
SCHEMES = ("light", "dark")
WIDTHS = (1280, 390)


def pages(site: Path) -> list[str]:
    found = [page.relative_to(site).as_posix().removesuffix("index.html") for page in sorted(site.rglob("*.html"))]
    assert "" in found
    return found


def context(browser: Browser, scheme: str = "light", width: int = 1280) -> BrowserContext:
    return browser.new_context(
        color_scheme=scheme,  # type: ignore[arg-type]
        viewport={"width": width, "height": 844},
        reduced_motion="reduce",  # else contrast is measured in the middle of a fade
    )


def faults(page: Page) -> list[str]:
    """What axe-core calls serious or worse, one line each."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    report: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert report["passes"], "axe looked at nothing"
    return [
        f"{page.url} {violation['id']}: {node['html'][:120]} | {node.get('failureSummary', '')[:200]}"
        for violation in report["violations"]
        if violation["impact"] in GRAVE
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("which", ["small_site", "real_site"])
def test_every_page_is_accessible(
    which: str, scheme: str, width: int, request: pytest.FixtureRequest, serve: Callable[[Path], str], chromium: Browser
) -> None:
    site = request.getfixturevalue(which)
    found = []
    with context(chromium, scheme, width) as opened:
        page = opened.new_page()
        for path in pages(site):
            page.goto(f"{serve(site)}/{path}", wait_until="load")
            assert page.evaluate("document.body.dataset.mdColorScheme") == {"light": "default", "dark": "slate"}[scheme]
            found += faults(page)
    assert found == []


def test_axe_would_find_a_fault(chromium: Browser) -> None:
    with context(chromium) as opened:
        page = opened.new_page()
        page.set_content("<html lang=en><title>x</title><main><img src='data:,'><p style='color:#ccc'>pale</p></main>")
        assert {line.split()[1] for line in faults(page)} == {"image-alt:", "color-contrast:"}


@pytest.mark.parametrize("which", ["small_site", "real_site"])
def test_no_page_scrolls_sideways_on_a_phone(
    which: str, request: pytest.FixtureRequest, serve: Callable[[Path], str], chromium: Browser
) -> None:
    site = request.getfixturevalue(which)
    with context(chromium, width=390) as opened:
        page = opened.new_page()
        for path in pages(site):
            page.goto(f"{serve(site)}/{path}", wait_until="load")
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, path


@pytest.mark.parametrize("which", ["small_site", "real_site"])
def test_no_page_asks_another_host_for_anything(
    which: str, request: pytest.FixtureRequest, serve: Callable[[Path], str], chromium: Browser
) -> None:
    site = request.getfixturevalue(which)
    hosts: set[str | None] = set()
    errors: list[str] = []
    with context(chromium) as opened:
        opened.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
        page = opened.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        for path in pages(site):
            page.goto(f"{serve(site)}/{path}", wait_until="networkidle")
    assert hosts == {"127.0.0.1"}
    assert errors == []


def test_code_scrolls_in_its_own_box_which_the_keyboard_can_reach(
    small_site: Path, serve: Callable[[Path], str], chromium: Browser
) -> None:
    with context(chromium, width=390) as opened:
        page = opened.new_page()
        page.goto(f"{serve(small_site)}/topic/chapter/", wait_until="load")
        long = page.locator("#cell-start .lab-code code")
        assert long.evaluate("box => box.scrollWidth > box.clientWidth")
        page.wait_for_function("document.querySelector('#cell-start .lab-code code').tabIndex === 0")
        short = page.locator("#cell-picture .lab-code code")
        assert short.evaluate("box => box.getAttribute('tabindex')") is None
        assert page.locator("#cell-invoke .lab-outputs pre").first.evaluate("box => box.scrollWidth <= box.clientWidth")


def test_instant_navigation_changes_the_page_without_loading_one(
    small_site: Path, serve: Callable[[Path], str], chromium: Browser
) -> None:
    with context(chromium) as opened:
        page = opened.new_page()
        page.goto(f"{serve(small_site)}/reference/glossary/", wait_until="networkidle")
        page.evaluate("window.stayed = true")
        page.click(".md-nav--primary a:has-text('A chapter')")
        page.wait_for_selector("lab-notebook #cell-start")
        assert page.evaluate("window.stayed")
        assert page.title() == "A chapter - AWS Lambda Deep Dive"
        page.set_viewport_size({"width": 390, "height": 844})
        page.wait_for_function("document.querySelector('#cell-start .lab-code code').tabIndex === 0")


def test_search_finds_words_of_a_cell(small_site: Path, serve: Callable[[Path], str], chromium: Browser) -> None:
    with context(chromium) as opened:
        page = opened.new_page()
        page.goto(f"{serve(small_site)}/", wait_until="networkidle")
        page.click('[aria-label="Search"] input')
        page.keyboard.type("politely")
        page.wait_for_selector(".md-search-result__item a")
        assert "/topic/chapter/" in str(page.get_attribute(".md-search-result__item a", "href"))
        assert page.locator(".md-search-result__item").count() == 1
        assert faults(page) == []


def test_the_colours_can_be_chosen_and_stay_chosen(
    small_site: Path, serve: Callable[[Path], str], chromium: Browser
) -> None:
    with context(chromium, "light") as opened:
        page = opened.new_page()
        page.goto(f"{serve(small_site)}/", wait_until="load")
        for scheme in ("default", "slate"):
            page.click("form[data-md-component='palette'] label:not([hidden])")
            page.wait_for_function(f"document.body.dataset.mdColorScheme === '{scheme}'")
        page.goto(f"{serve(small_site)}/topic/chapter/", wait_until="load")
        assert page.evaluate("document.body.dataset.mdColorScheme") == "slate"


def test_without_javascript_a_chapter_still_reads_well(
    small_site: Path, serve: Callable[[Path], str], chromium: Browser
) -> None:
    with chromium.new_context(java_script_enabled=False) as opened:
        page = opened.new_page()
        page.goto(f"{serve(small_site)}/topic/chapter/", wait_until="load")
        assert page.locator("#cell-invoke .lab-code").is_visible()
        assert "Hello, Ada!" in page.locator("#cell-invoke .lab-outputs").inner_text()
        assert page.locator("#cell-shell .lab-badge").is_visible()
