"""axe-core's look at a page in a browser: what it calls serious or worse.

Most of its time goes into contrast, and most words of a chapter are tokens of code, of which there are thousands in a
dozen colours. `one_of_each_token` leaves one of each kind, which halves the time of a look at a chapter.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = Path(__file__).parents[1] / "node_modules/axe-core/axe.min.js"
GRAVE = ("serious", "critical")
# Equal in all that CSS can tell apart: the element and everything around it, by name, class and style.
ONE_OF_EACH = """() => {
  const describe = (element) => `${element.tagName}.${element.className} ${element.getAttribute("style")}`;
  const around = (element) => element ? `${describe(element)} in ${around(element.parentElement)}` : "";
  const seen = new Set();
  for (const code of document.querySelectorAll("pre code")) {
    const place = around(code);
    const copy = code.cloneNode(true);  // what is in the page is laid out anew with each change
    for (const token of copy.querySelectorAll("span[class]")) {
      const plain = [...token.attributes].every(({ name }) => name === "class");
      const kind = `${around(token)} ${place}`;
      if (plain && seen.has(kind)) token.replaceWith(...token.childNodes);
      else seen.add(kind);
    }
    code.replaceChildren(...copy.childNodes);
  }
}"""


def one_of_each_token(page: Page) -> None:
    """Leave one highlighted token of each kind in the page's code; the text stays."""
    page.evaluate(ONE_OF_EACH)


def faults(page: Page) -> list[str]:
    """What axe-core calls serious or worse, one line each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    report: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert report["passes"], "axe looked at nothing"
    return [
        f"{page.url} {violation['id']}: {node['html'][:120]} | {node.get('failureSummary', '')[:200]}"
        for violation in report["violations"]
        if violation["impact"] in GRAVE
        for node in violation["nodes"]
    ]
