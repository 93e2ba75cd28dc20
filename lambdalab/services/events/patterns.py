"""Event patterns of rules and archives, in place of moto's."""

from __future__ import annotations

import json
from typing import Any

from lambdalab.event_patterns.matching import InvalidPattern, matches

from . import backend


def parsed(parser: Any) -> Any:
    """The document of a pattern; one that is not valid is refused, in EventBridge's words."""
    text: str | None = parser.pattern
    if not text:
        return {}
    try:
        matches(text, {})
    except InvalidPattern as problem:
        raise backend.invalid_pattern(problem.reason) from None
    return json.loads(text)


def matches_event(pattern: backend.Pattern, event: Any) -> bool:
    """Whether an event matches. Without a pattern, every event does."""
    text = pattern.dump()
    return not text or matches(text, event)
