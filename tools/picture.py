"""Takes the README's picture: the first chapter in a browser, with a cell that has just run.

    python -m tools.picture        after make site; writes .github/chapter.png

What the picture shows is what came out: the page is the built one, and the cell is run for it.
"""

from __future__ import annotations

import sys

from playwright.sync_api import sync_playwright

from tools.bench.page import CHAPTER, serving
from tools.bench.peers import ROOT
from tools.bootstrap.chromium import find

PICTURE = ROOT / ".github" / "chapter.png"


def main() -> int:
    """Run the chapter's invoke and log cells and photograph them."""
    browser_path = find()
    if browser_path is None:
        print("There is no Chromium on this machine. What to do: make setup says how to get one.")
        return 1
    with serving() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(browser_path), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1180, "height": 930}, color_scheme="light")
        page.goto(url + CHAPTER, wait_until="networkidle")
        page.locator("#cell-log-tail .lab-outputs").evaluate("outputs => outputs.replaceChildren()")
        page.locator("#cell-log-tail").get_by_role("button", name="Run").click()
        page.locator("#cell-log-tail .lab-outputs", has_text="REPORT RequestId").wait_for()
        page.evaluate("document.querySelector('#call-it').scrollIntoView(); scrollBy(0, -70)")
        page.mouse.move(0, 0)
        PICTURE.parent.mkdir(exist_ok=True)
        page.screenshot(path=PICTURE)
        browser.close()
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size // 1000} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
