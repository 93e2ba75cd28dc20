"""One headless Chromium for all tests of a worker. Playwright's synchronous API allows one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools.bootstrap.chromium import find

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A headless Chromium, as the system has it."""
    found = find()
    if found is None:
        pytest.skip("no Chromium on this machine: make setup says how to get one")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # A sandbox needs rights that a container's root user does not have; the pages are our own.
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()
