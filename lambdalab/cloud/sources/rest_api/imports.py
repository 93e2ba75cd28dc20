"""APIs from an OpenAPI document."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lambdalab.cloud.seams import Change


def seams() -> tuple[Change, ...]:
    """The changes."""
    return ()
