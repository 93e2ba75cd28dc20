"""The settings of an arrow, in a few words each. Settings that have AWS's default are left out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


def qualified(qualifier: str) -> Iterator[str]:
    """An arrow to a version or an alias."""
    if qualifier:
        yield f"to version {qualifier}" if qualifier.isdigit() else f"to alias {qualifier}"


def pattern(document: Any) -> str:
    """A JSON document in one line."""
    try:
        found = json.loads(document) if isinstance(document, str) else document
    except ValueError:
        return str(document)
    return json.dumps(found, ensure_ascii=False)


def retries(attempts: int) -> str:
    """How often a failed attempt is repeated."""
    return "no retry" if attempts == 0 else f"{attempts} {'retry' if attempts == 1 else 'retries'}"


def inside(document: str | None, key: str) -> str:
    """The value of a key in a JSON document; "" if there is none."""
    return str(json.loads(document).get(key, "")) if document else ""
