"""A notebook becomes Markdown: its prose stays Markdown, its code cells become fragments of finished HTML.

So a notebook goes through the site's one Markdown pipeline, alone on its page or inside a chapter: admonitions,
abbreviations, tabs, the table of contents and the link checks work in it as in any page.
"""

from __future__ import annotations

import html
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import nbformat
from nbformat.warnings import DuplicateCellId

from tools.site.cells import Cell, code_cell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

H1 = re.compile(r"\A\s*# +(?P<title>.+?)\s*#*\s*(?:\n|\Z)")
EMBED = re.compile(r"^\[\[notebook +(?P<name>\S+?\.ipynb)\]\]\s*$")
FENCE = re.compile(r"^ {0,3}(?P<mark>`{3,}|~{3,})")
SLUG = re.compile(r"[A-Za-z0-9_-]{1,64}")


class NotebookError(ValueError):
    """A notebook that cannot become a page; the message says which, why, and what to do."""


@dataclass(frozen=True)
class Notebook:
    """A notebook below notebooks/; `name` is its path there, with slashes."""

    name: str
    title: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Rendered:
    """Markdown in which each fragment's key stands on a line of its own."""

    markdown: str
    fragments: dict[str, str]


def load(path: Path, name: str) -> Notebook:
    """Reads and checks a notebook."""
    try:
        with warnings.catch_warnings():
            # nbformat would give the cell a new id, made of random letters, and go on.
            warnings.simplefilter("error", DuplicateCellId)
            node = nbformat.read(path, as_version=4)
            nbformat.validate(node)
    except Exception as problem:  # nbformat raises half a dozen unrelated kinds
        raise NotebookError(f"notebooks/{name} is not a valid notebook: {str(problem).splitlines()[0]}") from problem
    cells: list[Cell] = []
    code = 0
    for raw in node.cells:
        if not SLUG.fullmatch(raw.get("id", "")):
            raise NotebookError(f"notebooks/{name}: a cell has no id. Give each cell a readable one, such as “invoke”.")
        index = None
        if raw.cell_type == "code":
            index, code = code, code + 1
        tags = tuple(raw.metadata.get("tags", ()))
        cells.append(Cell(raw.id, raw.cell_type, raw.source, index, tags, tuple(raw.get("outputs", ()))))
    prose = next((cell.source for cell in cells if cell.kind == "markdown"), "")
    if not (heading := H1.match(prose)):
        raise NotebookError(f"notebooks/{name} has no title: its first Markdown cell must begin with “# Title”.")
    return Notebook(name, heading["title"], tuple(cells))


def render(notebook: Notebook, *, embedded: bool, runner: str, key: str) -> Rendered:
    """The notebook as Markdown; `key` makes its fragments' names unique in the page, `runner` is the runner's URL.

    Embedded in a chapter, the notebook's own title is left out, and so are cells tagged `standalone` (what only a
    reader without the chapter needs).
    """
    fragments: dict[str, str] = {}
    blocks: list[str] = []

    def add(fragment: str) -> None:
        token = f"@@lab-{key}-{len(fragments)}@@"
        fragments[token] = fragment
        blocks.append(token)

    add(f'<lab-notebook data-notebook="{html.escape(notebook.name)}" data-runner="{html.escape(runner)}">')
    first_prose = True
    for cell in notebook.cells:
        if cell.kind == "code":
            if cell.source.strip():
                add(code_cell(cell))
        elif cell.kind == "markdown" and not (embedded and "standalone" in cell.tags):
            blocks.append((H1.sub("", cell.source, count=1) if first_prose else cell.source).strip("\n"))
        first_prose = first_prose and cell.kind != "markdown"
    add("</lab-notebook>")
    if not embedded:
        # Above <lab-notebook>, where the page's template and MkDocs look for a title.
        blocks.insert(0, f"# {notebook.title}")
    return Rendered("\n\n".join(block for block in blocks if block), fragments)


def outside_fences(markdown: str) -> Iterator[tuple[bool, str]]:
    """Each line, and whether it stands outside fenced code."""
    fence: str | None = None
    for line in markdown.split("\n"):
        mark = FENCE.match(line)
        if fence is None and mark:
            fence = mark["mark"]
            yield False, line
        elif fence is not None:
            yield False, line
            if mark and mark["mark"].startswith(fence) and not line.strip(" `~"):
                fence = None
        else:
            yield True, line


def embeds(markdown: str) -> list[str]:
    """The names of the notebooks that a chapter embeds."""
    found = (EMBED.match(line) for prose, line in outside_fences(markdown) if prose)
    return [match["name"] for match in found if match]
