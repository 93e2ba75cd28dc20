"""What a reader downloads before the first Run. The budgets stand here and nowhere else."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from tools.serve import Handler

if TYPE_CHECKING:
    from collections.abc import Callable
    from http import HTTPStatus
    from pathlib import Path

    from playwright.sync_api import Browser

KB = 1024
PAGE_BUDGET = 30 * KB  # a chapter's HTML, compressed
VISIT_BUDGET = 250 * KB  # everything that a first visit transfers, before Run


def test_every_pages_html_is_light(small_site: Path, real_site: Path) -> None:
    for site in (small_site, real_site):
        for page in site.rglob("*.html"):
            weight = len(gzip.compress(page.read_bytes(), 6))
            assert weight <= PAGE_BUDGET, f"{page.relative_to(site)}: {weight / KB:.1f} KB"


def pages_with_cells(site: Path) -> list[str]:
    """The home page, and each page with a notebook in it."""
    found = [
        page.parent.relative_to(site).as_posix()
        for page in sorted(site.rglob("index.html"))
        if "<lab-notebook" in page.read_text(encoding="utf-8")
    ]
    return ["", *found]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Bytes sent for each path, headers included; counted here, for a browser leaves out its workers' scripts."""
    bytes_: dict[str, int] = {}
    write = Handler._write

    def counted(self: Handler, status: HTTPStatus, headers: dict[str, str], content: bytes | None) -> None:
        about = sum(len(name) + len(value) + 4 for name, value in headers.items()) + 150
        bytes_[self.path] = bytes_.get(self.path, 0) + about + len(content or b"")
        write(self, status, headers, content)

    monkeypatch.setattr(Handler, "_write", counted)
    return bytes_


@pytest.mark.parametrize("which", ["small_site", "real_site"])
def test_a_first_visit_is_light(
    which: str,
    request: pytest.FixtureRequest,
    serve: Callable[[Path], str],
    chromium: Browser,
    sent: dict[str, int],
) -> None:
    site = request.getfixturevalue(which)
    for path in pages_with_cells(site):
        sent.clear()
        with chromium.new_context() as context:
            context.new_page().goto(f"{serve(site)}/{path}", wait_until="networkidle")
        total = sum(sent.values())
        told = ", ".join(f"{url.rpartition('/')[2] or 'page'} {size / KB:.1f}" for url, size in sent.items())
        print(f"/{path}: {total / KB:.1f} KB ({told})")
        for needed in ("search_index.json", "workers/search.", "main.", "bundle.", "site-", "runner.js"):
            assert any(needed in url for url in sent), f"{needed} was not loaded: is it still part of a visit?"
        assert total <= VISIT_BUDGET, f"/{path}: {total / KB:.1f} KB: {told}"
