"""JSON that somebody else wrote: an event, an answer, a log line.

`json.loads` has two ways to say that it cannot read a document, and one of them, RecursionError, is forgotten by
whoever expects a ValueError. A document of 100,000 brackets is a bad request, no failure of the lab.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def parse(text: str | bytes, *, parse_constant: Callable[[str], Any] | None = None) -> Any:
    """What the text says. Raises nothing but ValueError; Python reads about 1,000 levels, as AWS's parser does."""
    try:
        return json.loads(text, parse_constant=parse_constant)
    except RecursionError:
        raise ValueError("Document nesting depth exceeds the maximum allowed") from None
