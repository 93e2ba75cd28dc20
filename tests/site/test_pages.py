"""Every built page in a real browser: readable by everybody, at every width, and from no other host."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.axe import faults, one_of_each_token

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

SCHEMES = {"light": "default", "dark": "slate"}
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


@dataclass
class Visit:
    """What was seen on all pages of a site. Each is opened once for each width, and looked at in both colours."""

    faults: dict[tuple[str, int], list[str]] = field(default_factory=dict)
    sideways: list[str] = field(default_factory=list)
    hosts: set[str | None] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)

    def make(self, browser: Browser, address: str, paths: list[str], schemes: list[str], width: int) -> None:
        """With a reader who prefers the first of these colours, and then changes their mind."""
        with context(browser, schemes[0], width) as opened:
            opened.on("request", lambda request: self.hosts.add(urlsplit(request.url).hostname))
            page = opened.new_page()
            page.on("pageerror", lambda error: self.errors.append(str(error)))
            page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
            for path in paths:
                page.goto(f"{address}/{path}", wait_until="networkidle")
                self._look(page, path, schemes, width)
                page.emulate_media(color_scheme=schemes[0])  # type: ignore[arg-type]

    def _look(self, page: Page, path: str, schemes: list[str], width: int) -> None:
        assert page.evaluate("document.body.dataset.mdColorScheme") == SCHEMES[schemes[0]], path
        if page.evaluate("document.documentElement.scrollWidth") > width:
            self.sideways.append(path)
        one_of_each_token(page)
        for scheme in schemes:
            in_colours(page, scheme)
            self.faults.setdefault((scheme, width), []).extend(faults(page))


def in_colours(page: Page, scheme: str) -> None:
    """The page in these colours, when it has been laid out anew."""
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.wait_for_function("scheme => document.body.dataset.mdColorScheme === scheme", arg=SCHEMES[scheme])
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))")


@pytest.fixture(scope="module", params=["small_site", "real_site"])
def visit(request: pytest.FixtureRequest, serve: Callable[[Path], str], chromium: Browser) -> Visit:
    site = request.getfixturevalue(request.param)
    made = Visit()
    made.make(chromium, serve(site), pages(site), ["light", "dark"], 1280)
    made.make(chromium, serve(site), pages(site), ["dark", "light"], 390)
    return made


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_page_is_accessible(visit: Visit, scheme: str, width: int) -> None:
    assert visit.faults[scheme, width] == []


def test_no_page_scrolls_sideways(visit: Visit) -> None:
    assert visit.sideways == []


def test_no_page_asks_another_host_for_anything(visit: Visit) -> None:
    assert visit.hosts == {"127.0.0.1"}
    assert visit.errors == []


def test_axe_would_find_a_fault(chromium: Browser) -> None:
    with context(chromium) as opened:
        page = opened.new_page()
        page.set_content("<html lang=en><title>x</title><main><img src='data:,'><p style='color:#ccc'>pale</p></main>")
        assert {line.split()[1] for line in faults(page)} == {"image-alt:", "color-contrast:"}


def test_one_pale_token_among_many_would_be_found(chromium: Browser) -> None:
    """Tokens of one kind are looked at once: what is around them is part of the kind."""
    block = "<pre class={}><code><span class=k>if</span> <span class=k>else</span></code></pre>"
    style = ".k { color: #333 } .dark { background: #000 } .light { background: #fff }"
    with context(chromium) as opened:
        page = opened.new_page()
        blocks = "".join(block.format(name) for name in ("light", "light", "dark", "dark"))
        page.set_content(f"<html lang=en><title>x</title><style>{style}</style><main>{blocks}</main>")
        text = page.inner_text("main")
        one_of_each_token(page)
        assert [line.split()[1] for line in faults(page)] == ["color-contrast:"]
        assert page.locator("span").count() == 2
        assert page.inner_text("main") == text


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
