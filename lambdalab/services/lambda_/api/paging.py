"""Lists in pages: MaxItems and Marker in, NextMarker out."""

from __future__ import annotations

import base64
from typing import Any

from .errors import error

_MOST = 50
"""How many Lambda puts on a page at most, whatever MaxItems says."""


def page(response: Any, name: str, items: list[Any]) -> dict[str, Any]:
    """The part of `items` that was asked for. The marker is opaque, as on AWS."""
    first = _position(response.querystring.get("Marker", [""])[0])
    wanted = response.querystring.get("MaxItems", [""])[0]
    last = first + min(int(wanted) if str(wanted).isdecimal() else _MOST, _MOST)
    answer: dict[str, Any] = {name: items[first:last]}
    if last < len(items):
        answer["NextMarker"] = base64.urlsafe_b64encode(f"from {last}".encode()).decode()
    return answer


def _position(marker: str) -> int:
    if not marker:
        return 0
    try:
        return int(base64.urlsafe_b64decode(marker).decode().removeprefix("from "))
    except ValueError:
        raise error(
            "InvalidParameterValueException", "Invalid Marker: use a NextMarker that the call returned."
        ) from None
