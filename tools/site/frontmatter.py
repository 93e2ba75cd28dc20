"""What every chapter says about itself before its first line, and the check that it does.

```yaml
---
title: Your first function
description: One sentence for search engines and link previews.
objectives:                     # what the reader can do afterwards
  - Create a function and call it
minutes: 25
runs: [page, jupyter, account]  # where its cells run
cost: "Nothing: two calls are far inside the free tier."   # on a real account
---
```
Text may use `code` and *emphasis* and {{ fact.… }}.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

PLACES = {"page": "in this page", "jupyter": "in Jupyter", "account": "on an AWS account"}


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(_text(item) for item in value)


REQUIRED: dict[str, tuple[Callable[[Any], bool], str]] = {
    "title": (_text, "the chapter's title"),
    "description": (_text, "one sentence"),
    "objectives": (_texts, "a list of what the reader can do afterwards"),
    "minutes": (lambda value: isinstance(value, int) and 0 < value < 600, "a whole number of minutes"),
    "runs": (
        lambda value: isinstance(value, list) and bool(value) and set(value) <= set(PLACES),
        f"a list of {', '.join(PLACES)}",
    ),
    "cost": (_text, "what following the chapter costs on a real account"),
}


def problems(path: str, meta: dict[str, Any]) -> list[str]:
    """One sentence for each thing that is missing or malformed."""
    found = []
    for key, (holds, what) in REQUIRED.items():
        if key not in meta:
            found.append(f"docs/{path}: the front matter lacks “{key}” ({what}).")
        elif not holds(meta[key]):
            found.append(f"docs/{path}: “{key}” in the front matter must be {what}, not {meta[key]!r}.")
    return found
