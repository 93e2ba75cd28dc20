"""Pages to test with: a chapter's HTML as the site's build makes it, without the site around it."""

from __future__ import annotations

import html
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.browser.bundle import THEME, built

if TYPE_CHECKING:
    from pathlib import Path

LIGHT = """
  --lab-bg: #fdfcf9; --lab-bg-soft: #f5f2ea; --lab-border: #dcd6c8; --lab-text: #22252c; --lab-muted: #575b65;
  --lab-accent: #0b5c74; --lab-ok: #17693c; --lab-error: #ab231c; --lab-focus: #0b5c74;
"""
DARK = """
  --lab-bg: #15181d; --lab-bg-soft: #1d2128; --lab-border: #353b46; --lab-text: #dfe1e5; --lab-muted: #a7adb8;
  --lab-accent: #7ec8dc; --lab-ok: #84d3a0; --lab-error: #ff9f92; --lab-focus: #7ec8dc;
"""


@dataclass(frozen=True)
class Cell:
    """A code cell: its id, its source, the output that the page comes with, its tags."""

    id: str
    source: str
    stored: str = ""
    tags: tuple[str, ...] = ()


def notebook(name: str, cells: list[Cell]) -> str:
    """The <lab-notebook> element of a list of cells."""
    runner = f"../assets/{built().runner.name}/"
    return f'<lab-notebook data-notebook="{name}" data-runner="{runner}">{_cells(cells)}</lab-notebook>'


def _cells(cells: list[Cell]) -> str:
    parts = []
    for index, cell in enumerate(cells):
        badge = '<p class="lab-badge">Needs a real process · run it in Jupyter</p>'
        needs_process = "needs-process" in cell.tags
        parts.append(
            f"<p>About the cell <code>{cell.id}</code>.</p>"
            f'<lab-cell id="cell-{cell.id}" data-index="{index}"{" data-needs-process" if needs_process else ""}'
            f'{f""" data-tags="{" ".join(cell.tags)}" """ if cell.tags else ""}>{badge if needs_process else ""}'
            f'<div class="lab-code"><pre><code class="language-python highlight">{html.escape(cell.source)}</code>'
            '</pre></div><div class="lab-outputs" role="region" aria-label="Output">'
            f'{f"""<pre class="lab-stdout">{html.escape(cell.stored)}</pre>""" if cell.stored else ""}</div></lab-cell>'
        )
    return "".join(parts)


def page(title: str, body: str) -> str:
    """A whole page around *body*, in the place where the site puts its chapters."""
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<link rel="stylesheet" href="../assets/runner.css">
<style>
:root {{ {LIGHT} color-scheme: light; }}
@media (prefers-color-scheme: dark) {{ :root {{ {DARK} color-scheme: dark; }} }}
html {{ font-size: 125%; }}
body {{ margin: 0 auto; max-width: 50rem; padding: 0 1rem; background: var(--lab-bg); color: var(--lab-text);
  font: 0.8rem/1.6 system-ui, sans-serif; }}
a {{ color: var(--lab-accent); }}
lab-notebook, lab-cell {{ display: block; }}
lab-cell {{ margin: 1.3em 0; }}
.lab-code pre, .lab-outputs pre {{ margin: 0; font: 0.68rem/1.4 monospace; }}
.lab-code pre {{ padding: 0.8em 1.1em; background: var(--lab-bg-soft); }}
.lab-code pre {{ white-space: pre-wrap; overflow-wrap: anywhere; }}
.lab-outputs {{ margin-top: 0.35rem; padding-left: 0.7rem; border-left: 3px solid var(--lab-border); }}
.lab-outputs pre {{ white-space: pre-wrap; }}
.lab-error {{ color: var(--lab-error); }}
</style>
<script type="module" src="../assets/{built().runner.name}/runner.js"></script></head>
<body><main><h1>{title}</h1>{body}</main></body></html>
"""


def write_site(folder: Path, pages: dict[str, str]) -> None:
    """Write the pages below folder/chapters, and copies of the built folders, which a rebuild cannot pull away."""
    (folder / "chapters").mkdir(parents=True)
    (folder / "assets").mkdir()
    for made in built().folders:
        shutil.copytree(made, folder / "assets" / made.name)
    shutil.copy(THEME / "runner.css", folder / "assets")
    for name, text in pages.items():
        (folder / "chapters" / f"{name}.html").write_text(text, encoding="utf-8")
