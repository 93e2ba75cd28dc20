"""Chromium, the pages to open in it, and a watch on everything it requests."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import Cell, notebook, page, write_site
from tests.browser.server import serving
from tools.browser.bundle import build

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Request

# How long Python may take to load in the browser of a slow and busy machine. States are waited for, never times.
LOADING = 240_000
expect.set_options(timeout=LOADING)

# A small notebook that meets everything a chapter's cells do, without boto3 so that it starts quickly.
CELLS = [
    Cell("first", "import os\nwords = ['one', 'two']\nprint('first', words)", stored="first, as stored\n"),
    Cell(
        "handler",
        "%%writefile app.py\ndef handler(event, context):\n    return event['n'] + 1",
        stored="Writing app.py\n",
    ),
    Cell("call", "import importlib, app\nimportlib.reload(app)\nanswer = app.handler({'n': 1}, None)\nanswer"),
    Cell("process", "!aws lambda list-functions", stored="stored by a real process\n", tags=("needs-process",)),
    Cell("expected", "app.handler({}, None)", tags=("raises-exception",)),
    Cell("last", "print('last', answer)"),
]
OTHER = [
    Cell("alone", "print('words' in globals(), __import__('os').path.exists('app.py'))"),
    Cell("endless", "import time\nprint('before')\nwhile True:\n    time.sleep(0.01)"),
    Cell("flood", "n = 0\nwhile True:\n    n += 1\n    print('line', n)"),
    Cell("broken", "print('so far')\nnothing_here"),
    Cell("after", "print('after')"),
    Cell("quiet", "pass"),
]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of two chapters, with the runner that is built from the present sources."""
    build()
    folder = tmp_path_factory.mktemp("site")
    link = '<p><a href="other.html">The other chapter</a></p>'
    pages = {
        "first": page("First", link + notebook("first.ipynb", CELLS)),
        "other": page("Other", notebook("other.ipynb", OTHER)),
    }
    write_site(folder, pages)
    return folder


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    with serving(site) as address:
        yield address


class Watch:
    """What a page requested and complained about."""

    def __init__(self, page: Page) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.complaints_are_expected = False
        page.context.on("request", self.on_request)  # the worker's, too
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)

    def on_request(self, request: Request) -> None:
        self.requests.append(request.url)

    def runner_files(self) -> list[str]:
        """Files of the runner and of Python that were fetched, apart from the small script each page has."""
        built = [url for url in self.requests if "/runner-" in url or "/python-" in url]
        return [url for url in built if not url.endswith("/runner.js")]

    def elsewhere(self) -> list[str]:
        """Requests to another host than this machine."""
        here = ("data", "blob", "about")
        return [
            url for url in self.requests if urlsplit(url).scheme not in here and urlsplit(url).hostname != "127.0.0.1"
        ]


@pytest.fixture(scope="session")
def reader(chromium: Browser) -> Iterator[BrowserContext]:
    """One reader's browser: what it has loaded once is in its cache. Each test gets a tab of its own."""
    context = chromium.new_context()
    context.set_default_timeout(LOADING)
    yield context
    context.close()


@pytest.fixture
def watched(reader: BrowserContext) -> Iterator[tuple[Page, Watch]]:
    """A tab. The test fails if it asked another host for anything, or if a script failed."""
    with watching(reader) as opened:
        yield opened


@pytest.fixture
def newcomer(chromium: Browser) -> Iterator[tuple[Page, Watch]]:
    """A tab in a browser that has nothing of the course in its cache."""
    context = chromium.new_context()
    context.set_default_timeout(LOADING)
    with watching(context) as opened:
        yield opened
    context.close()


@contextmanager
def watching(context: BrowserContext) -> Iterator[tuple[Page, Watch]]:
    tab = context.new_page()
    watch = Watch(tab)
    yield tab, watch
    tab.close()
    context.remove_listener("request", watch.on_request)
    assert watch.elsewhere() == []
    assert watch.complaints_are_expected or watch.complaints == []


@pytest.fixture
def tab(watched: tuple[Page, Watch]) -> Page:
    return watched[0]


@pytest.fixture
def watch(watched: tuple[Page, Watch]) -> Watch:
    return watched[1]


@pytest.fixture
def chapter(tab: Page, address: str) -> Page:
    tab.goto(f"{address}/chapters/first.html")
    return tab


@pytest.fixture
def other(tab: Page, address: str) -> Page:
    tab.goto(f"{address}/chapters/other.html")
    return tab
