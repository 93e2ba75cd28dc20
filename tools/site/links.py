"""Checks every link of the built site, inside cells and outputs as well: `python -m tools.site.links site`.

MkDocs checks the links it made from Markdown; this reads the finished HTML, so it sees what templates, notebooks' raw
HTML and stored outputs say. Internal links must lead to a file and, where they name one, to an id in it. Links to
other hosts are not followed: they must be https and well formed. Nothing here uses the network.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LINKING = {"href", "src", "poster", "data", "xlink:href", "srcset"}
HOST = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$")
LOCAL = {"127.0.0.1", "localhost"}
# Not links that a reader follows: where the site says it lives, which no checkout can know.
OWN_ADDRESS = {("link", "canonical")}


@dataclass
class Document(HTMLParser):
    """What one page offers and asks for."""

    path: Path
    ids: set[str] = field(default_factory=set)
    twice: set[str] = field(default_factory=set)
    links: list[tuple[int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.feed(self.path.read_text(encoding="utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called by HTMLParser."""
        attributes = dict(attrs)
        for name in {attributes.get("id"), attributes.get("name") if tag == "a" else None} - {None, ""}:
            (self.twice if name in self.ids else self.ids).add(str(name))
        if (tag, attributes.get("rel")) in OWN_ADDRESS:
            return
        for key, value in attrs:
            if key == "data-runner":  # a directory, of which a page loads this file first
                self.links.append((self.getpos()[0], f"{value}runner.js"))
            elif key in LINKING and value is not None:
                found = [part.split()[0] for part in value.split(",") if part.split()] if key == "srcset" else [value]
                self.links += [(self.getpos()[0], url.strip()) for url in found]


def check(site: Path) -> list[str]:
    """One sentence for each fault, in the order of the pages."""
    documents = {path: Document(path) for path in sorted(site.rglob("*.html"))}
    faults = []
    for path, document in documents.items():
        page = path.relative_to(site)
        faults += [f"{page}: the id “{name}” occurs twice." for name in sorted(document.twice)]
        for line, url in document.links:
            if fault := _fault(url, path, site, documents):
                faults.append(f"{page}:{line}: {url!r} {fault}")
    return faults


def _fault(url: str, path: Path, site: Path, documents: dict[Path, Document]) -> str | None:
    try:
        scheme, host, target, _, anchor = urlsplit(url)
        hostname = urlsplit(url).hostname or ""
    except ValueError as problem:
        return f"is not an address ({problem})."
    if scheme in {"mailto", "data", "tel"}:
        return None
    if scheme or host:
        if hostname in LOCAL and scheme == "http":
            return None
        if scheme != "https":
            return "leaves the site without https." if scheme in {"http", ""} else f"has the scheme {scheme}."
        return None if HOST.fullmatch(hostname) else "names no proper host."
    if not url:
        return "is empty."
    place = path
    if target:
        start = site if target.startswith("/") else path.parent
        place = Path(start, unquote(target).lstrip("/")).resolve()
        if not place.is_relative_to(site.resolve()):
            return "leads out of the site."
        if place.is_dir():
            place /= "index.html"
        if not place.exists():
            return "leads to nothing."
    if anchor and not anchor.startswith(":~:"):
        document = documents.get(place) or documents.get(site / place.relative_to(site.resolve()))
        if document is None or unquote(anchor) not in document.ids:
            return f"names the anchor “{anchor}”, which that page does not have."
    return None


def main(arguments: list[str]) -> int:
    """The command; 0 when every link holds."""
    site = Path(arguments[0] if arguments else "site")
    if not (site / "index.html").is_file():
        print(f"There is no built site in {site}/. `make site` builds it.", file=sys.stderr)
        return 1
    faults = check(site)
    for fault in faults:
        print(fault, file=sys.stderr)
    pages = len(list(site.rglob("*.html")))
    print(f"{pages} pages, {len(faults)} faulty links.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
