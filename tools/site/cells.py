"""One notebook cell becomes HTML: highlighted source, and the outputs that were stored with it.

The markup is what the in-page runner brings to life, so its shape is fixed (see docs/contributing.md). Two promises
are kept here: `code.textContent` is exactly the cell's source, and the page reads well without any JavaScript.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ipython_pygments_lexers import IPython3Lexer
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import BashLexer, PythonLexer, TextLexer, get_lexer_for_filename
from pygments.util import ClassNotFound

if TYPE_CHECKING:
    from pygments.lexer import Lexer

ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-_])")
WRITEFILE = re.compile(r"^%%writefile\s+(?:-a\s+)?(?P<path>\S+)\s*$")
SHELLS = ("%%bash", "%%sh", "%%script bash", "%%script sh")
_LAST_NEWLINE = re.compile(r"\n((?:</span>)*\n?)\Z")
PROCESS_BADGE = "Needs a real process · run it in Jupyter"

# The lexers must neither add nor drop a character, or the page would run something else than the notebook.
EXACT = {"stripnl": False, "ensurenl": False}


@dataclass(frozen=True)
class Cell:
    """A cell as the renderer needs it; `index` counts the notebook's code cells from 0 (None for prose)."""

    id: str
    kind: str
    source: str
    index: int | None = None
    tags: tuple[str, ...] = ()
    outputs: tuple[dict[str, Any], ...] = field(default=())

    @property
    def needs_process(self) -> bool:
        """Whether the cell can run only where there are processes, so not in the page."""
        return "needs-process" in self.tags


def code_cell(cell: Cell) -> str:
    """The `<lab-cell>` of a code cell."""
    attributes = [f'id="cell-{html.escape(cell.id)}"', f'data-index="{cell.index}"']
    if cell.needs_process:
        attributes.append("data-needs-process")
    if cell.tags:
        attributes.append(f'data-tags="{html.escape(" ".join(cell.tags))}"')
    language, code = highlighted(cell.source)
    badge = f'<p class="lab-badge">{PROCESS_BADGE}</p>' if cell.needs_process else ""
    return (
        f"<lab-cell {' '.join(attributes)}>{badge}"
        # The search finds a cell by its code, not by its output. (It tells elements apart by their tag only, so one
        # that is left out must not hold another of its kind: hence the section.)
        f'<div class="lab-code"><pre><code class="language-{language} highlight">{code}</code></pre></div>'
        f'<section class="lab-outputs" role="region" aria-label="Output" data-search-exclude>'
        f"{rendered_outputs(cell.outputs)}</section>"
        "</lab-cell>"
    )


def highlighted(source: str) -> tuple[str, str]:
    """(language, HTML) of a cell's source. A magic's first line is set apart; the rest is what the magic makes it."""
    first, newline, rest = source.partition("\n")
    if not first.startswith("%%"):
        return "python", _spans(source, _lexer(source))
    language, lexer = _language_below(first)
    return language, f'<span class="cp">{_escape(first)}</span>{newline}' + (_spans(rest, lexer) if rest else "")


def _lexer(source: str) -> Lexer:
    """Plain Python, unless a line is a magic or a shell command; IPython's lexer knows those but is slower to read."""
    magic = any(line.lstrip().startswith(("!", "%")) for line in source.splitlines())
    return IPython3Lexer(**EXACT) if magic else PythonLexer(**EXACT)


def _language_below(magic: str) -> tuple[str, Lexer]:
    if written := WRITEFILE.match(magic):
        try:
            lexer = get_lexer_for_filename(written["path"], **EXACT)
        except ClassNotFound:
            lexer = TextLexer(**EXACT)
        return lexer.aliases[0], lexer
    if magic.startswith(SHELLS):
        return "bash", BashLexer(**EXACT)
    return "python", PythonLexer(**EXACT)


def _spans(source: str, lexer: Lexer) -> str:
    # nowrap's formatter ends every text with a newline; the cell's source does not.
    # IPython's lexer, for its part, knows a shell line only by the newline behind it. So: always one, then take it off.
    markup: str = highlight(source + "\n", lexer, HtmlFormatter(nowrap=True))
    return _LAST_NEWLINE.sub(r"\1", markup)


def rendered_outputs(outputs: tuple[dict[str, Any], ...]) -> str:
    """All stored outputs of a cell, in order; neighbouring pieces of the same stream are joined."""
    parts: list[str] = []
    stream: tuple[str, str] | None = None
    for output in outputs:
        if output["output_type"] == "stream":
            text = _text(output["text"])
            if stream and stream[0] == output["name"]:
                stream = (stream[0], stream[1] + text)
                parts[-1] = _stream(*stream)
            else:
                stream = (output["name"], text)
                parts.append(_stream(*stream))
            continue
        stream = None
        parts.append(_error(output) if output["output_type"] == "error" else _data(output["data"]))
    return "".join(parts)


def _stream(name: str, text: str) -> str:
    return f'<pre class="lab-{html.escape(name)}">{_escape(ANSI.sub("", text))}</pre>'


def _data(data: dict[str, Any]) -> str:
    """The richest form that a page can show."""
    if "text/html" in data:
        return f'<div class="lab-html">{_text(data["text/html"])}</div>'
    if "image/svg+xml" in data:
        svg = re.sub(r"<\?xml.*?\?>|<!DOCTYPE.*?>", "", _text(data["image/svg+xml"]), flags=re.S).strip()
        return f'<div class="lab-svg">{svg}</div>'
    if "image/png" in data:
        encoded = _text(data["image/png"]).replace("\n", "")
        return (
            f'<div class="lab-image"><img src="data:image/png;base64,{encoded}" alt="Picture made by this cell"></div>'
        )
    return f'<pre class="lab-result">{_escape(ANSI.sub("", _text(data.get("text/plain", ""))))}</pre>'


def _error(output: dict[str, Any]) -> str:
    return f'<pre class="lab-error">{_escape(short_traceback(output))}</pre>'


def short_traceback(output: dict[str, Any]) -> str:
    """The line of the cell that raised, and what was raised: a library's frames help nobody who reads a page."""
    lines = ANSI.sub("", "\n".join(output.get("traceback", []))).splitlines()
    message = f"{output['ename']}: {output['evalue']}" if output.get("evalue") else str(output["ename"])
    frame = next((i for i, line in enumerate(lines) if line.startswith("Cell In[")), None)
    if frame is None:
        return message
    number = re.search(r"line:? (\d+)", lines[frame])
    where = f"Line {number[1]} of this cell" if number else "In this cell"
    for line in lines[frame + 1 :]:
        if line.startswith(("Cell In[", "File ")):
            break
        if arrow := re.match(r"-+> ?\d+ (.*)", line):
            return f"{where}:\n    {arrow[1].strip()}\n{message}"
    return f"{where}:\n{message}"


def _text(value: Any) -> str:
    return "".join(value) if isinstance(value, list) else str(value)


def _escape(text: str) -> str:
    return html.escape(text, quote=False)
