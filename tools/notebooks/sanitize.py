"""The one sanitiser of notebook outputs: what of an output is compared, wherever the notebook runs.

`sanitize.cfg` is nbval's format, read as nbval reads it, so that three comparisons agree: nbval in Jupyter, the
Pyodide test, and `make notebooks`, which keeps a stored output that still says the same.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CONFIG = Path(__file__).with_name("sanitize.cfg")
PICTURES = ("image/png", "image/jpeg")  # bytes of a drawing library, not compared; SVG is


@cache
def patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return the (regex, replacement) pairs, in order."""
    found = re.findall("^regex: (.*)$\n^replace: (.*)$", CONFIG.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return tuple((re.compile(regex), replacement) for regex, replacement in found)


def sanitize(text: str) -> str:
    """Replace what differs in every run."""
    for regex, replacement in patterns():
        text = regex.sub(replacement, text)
    return text


def comparable(outputs: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return what is compared of a cell's outputs: (kind, sanitised text), in order, each stream in one piece."""
    streams: dict[str, int] = {}
    compared: list[tuple[str, str]] = []
    for output in outputs:
        kind = output["output_type"]
        if kind == "stream":
            name, text = output["name"], _text(output["text"])
            if name in streams:
                compared[streams[name]] = (name, compared[streams[name]][1] + text)
            else:
                streams[name] = len(compared)
                compared.append((name, text))
        elif kind == "error":
            compared.append(("error", f"{output['ename']}: {output['evalue']}"))
        else:  # display_data, execute_result
            data = output["data"]
            compared += [(mime, _text(data[mime])) for mime in sorted(data) if mime not in PICTURES]
    return [(kind, sanitize(text)) for kind, text in compared]


def _text(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    return value if isinstance(value, str) else repr(value)
