"""Operations that moto does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lambdalab.cloud.seams import Change

    from .place import RestApis


def seams(apis: RestApis) -> tuple[Change, ...]:
    """The changes."""
    return ()
