"""What a reader of the first chapter waits for and downloads, in headless Chromium, from the site as built."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from tools.bench.figures import Figure
from tools.bench.peers import ROOT
from tools.bootstrap.chromium import find
from tools.serve import Handler, Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http import HTTPStatus

    from playwright.sync_api import BrowserContext, Page

CHAPTER = "first-function/"
CELL = "cell-write-handler"
"""The first cell that prints. Run on it runs the one above too, which imports boto3 and starts the lab."""
INVOKE = "cell-invoke"
ROUNDS = 5
COLD_LIMIT_S, CACHED_LIMIT_S = 4.0, 3.0
VISIT_LIMIT_KB = 250.0


def first_visit() -> Iterator[Figure]:
    """From the click on Run to the first output: with nothing cached, and again with everything cached."""
    browser_path = find()
    if browser_path is None:
        print("page: not measured, there is no Chromium on this machine. What to do: make setup says how to get one.")
        return
    with serving() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(browser_path), args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        cold, cached, invoke = [], [], []
        visit = run = 0
        for _ in range(ROUNDS):
            with browser.new_context() as context:
                start = _Counter.sent
                page = _open(context, url)
                visit = _Counter.sent - start
                cold.append(_click_to_output(page, CELL))
                run = _Counter.sent - start - visit
                page.close()
                page = _open(context, url)
                cached.append(_click_to_output(page, CELL))
                invoke.append(_click_to_output(page, INVOKE))
        browser.close()
    yield Figure("page: downloaded before the first Run", visit / 1000, "KB", VISIT_LIMIT_KB)
    yield Figure("page: downloaded by the first Run", run / 1e6, "MB")
    yield Figure(f"page: click to first output, cold, p50 of {ROUNDS}", _p50(cold), "s", COLD_LIMIT_S)
    yield Figure(f"page: click to first output, cached, p50 of {ROUNDS}", _p50(cached), "s", CACHED_LIMIT_S)
    yield Figure("page: then, to the first invocation's result", _p50(invoke), "s")


def _open(context: BrowserContext, url: str) -> Page:
    page = context.new_page()
    page.goto(url + CHAPTER, wait_until="networkidle")
    return page


def _click_to_output(page: Page, cell: str) -> float:
    """Seconds from the click on a cell's Run until its output is a new one. Stored outputs are emptied first."""
    page.evaluate("id => document.querySelector(`#${id} .lab-outputs`).replaceChildren()", cell)
    began = time.perf_counter()
    page.locator(f"#{cell}").get_by_role("button", name=re.compile("^Run")).click()
    page.wait_for_function(
        "id => document.querySelector(`#${id} .lab-outputs`).textContent.trim() !== ''", arg=cell, timeout=60_000
    )
    return time.perf_counter() - began


class _Counter(Handler):
    """Counts what it sends; the browser itself leaves out what its workers load."""

    sent = 0

    def _write(self, status: HTTPStatus, headers: dict[str, str], content: bytes | None) -> None:
        _Counter.sent += sum(len(name) + len(value) + 4 for name, value in headers.items()) + len(content or b"")
        super()._write(status, headers, content)


@contextmanager
def serving() -> Iterator[str]:
    """The address of the site, as `make site` left it."""
    subprocess.run([sys.executable, "-m", "tools.browser.bundle"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    if not (ROOT / "site" / CHAPTER / "index.html").exists():
        raise FileNotFoundError("The site is not built. What to do: make site")
    server = Site(0, ROOT / "site")
    server.RequestHandlerClass = _Counter
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _p50(seconds: list[float]) -> float:
    return sorted(seconds)[len(seconds) // 2]
