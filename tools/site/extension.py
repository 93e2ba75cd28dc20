"""What Python-Markdown must know beyond the usual: finished HTML fragments, and links across docs/ and notebooks/.

One instance serves the whole build; the hooks set `page` and `fragments` before each page is rendered.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from markdown import Extension
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor

if TYPE_CHECKING:
    import xml.etree.ElementTree as etree

    from markdown import Markdown

TOKEN = re.compile(r"^@@lab-[a-z0-9]+-\d+@@$")
BLOCKS = ("lab-notebook", "lab-cell")


class LabExtension(Extension):
    """Holds what the current page needs."""

    def __init__(self) -> None:
        super().__init__()
        self.page = ""  # the page's path as MkDocs names it, for example "triggers/s3.md"
        self.fragments: dict[str, str] = {}
        self.home: dict[str, str] = {}  # fragment that opens a notebook → the notebook's path in the repository

    def extendMarkdown(self, md: Markdown) -> None:
        """Called once for each page by Python-Markdown."""
        for name in BLOCKS:
            if name not in md.block_level_elements:
                md.block_level_elements.append(name)
        # After html_block (20), so that nothing looks for Markdown inside a cell.
        md.preprocessors.register(_Fragments(md, self), "lab_fragments", 18)
        # Before MkDocs's own "relpath" (0), which resolves and checks what we hand it.
        md.treeprocessors.register(_Links(md, self), "lab_links", 4)
        # After "abbr" (7), which has marked every mention.
        md.treeprocessors.register(_FirstMentions(md), "lab_first_mentions", 3)


class _Fragments(Preprocessor):
    """Puts each fragment where its token stands, by way of Python-Markdown's stash of raw HTML."""

    def __init__(self, md: Markdown, lab: LabExtension) -> None:
        super().__init__(md)
        self.lab = lab

    def run(self, lines: list[str]) -> list[str]:
        out: list[str] = []
        for line in lines:
            if TOKEN.match(line) and line in self.lab.fragments:
                out += ["", self.md.htmlStash.store(self.lab.fragments[line]), ""]
            else:
                out.append(line)
        return out


class _Links(Treeprocessor):
    """Turns links written for the repository into links that MkDocs knows.

    A notebook lies in notebooks/ and its links are relative to that place, so that they work in Jupyter and on a code
    host; a chapter in docs/ may link to ../notebooks/x.ipynb for the same reason. MkDocs sees docs/ as the root.
    """

    def __init__(self, md: Markdown, lab: LabExtension) -> None:
        super().__init__(md)
        self.lab = lab

    def run(self, root: etree.Element) -> None:
        page = self.lab.page
        here = page if page.startswith("notebooks/") else f"docs/{page}"
        for block in root:
            opened = self._fragment(block)
            if opened in self.lab.home:
                here = self.lab.home[opened]
            elif opened == "</lab-notebook>":
                here = page if page.startswith("notebooks/") else f"docs/{page}"
            for element in block.iter():
                attribute = {"a": "href", "img": "src"}.get(element.tag)
                if attribute and (url := element.get(attribute)):
                    element.set(attribute, site_link(url, here, page))

    def _fragment(self, block: etree.Element) -> str | None:
        stashed = re.fullmatch("\x02wzxhzdk:(\\d+)\x03", (block.text or "").strip())
        if not stashed:
            return None
        fragment = self.md.htmlStash.rawHtmlBlocks[int(stashed[1])]
        return fragment if isinstance(fragment, str) and fragment.startswith(("<lab-n", "</lab-n")) else None


class _FirstMentions(Treeprocessor):
    """Leaves an acronym's explanation at its first mention in each section: a page full of dotted lines is no help."""

    def run(self, root: etree.Element) -> None:
        seen: set[str | None] = set()
        for block in root:
            if block.tag in ("h1", "h2"):
                seen.clear()
            for parent in list(block.iter()):
                before: etree.Element | None = None
                for child in list(parent):
                    if child.tag == "abbr" and child.text in seen:
                        words = (child.text or "") + (child.tail or "")
                        if before is None:
                            parent.text = (parent.text or "") + words
                        else:
                            before.tail = (before.tail or "") + words
                        parent.remove(child)
                        continue
                    if child.tag == "abbr":
                        seen.add(child.text)
                    before = child


def site_link(url: str, here: str, page: str) -> str:
    """`url`, as written in the repository's file `here`, as MkDocs wants it in `page`."""
    scheme, host, path, query, anchor = urlsplit(url)
    if scheme or host or not path or path.startswith("/"):
        return url
    target = posixpath.normpath(posixpath.join(posixpath.dirname(here), path))
    if target.startswith("docs/"):
        target = target.removeprefix("docs/")
    elif not target.startswith("notebooks/"):
        return url  # nothing of the site; MkDocs says so
    relative = posixpath.relpath(target, posixpath.dirname(page) or ".")
    return urlunsplit(("", "", relative, query, anchor))
