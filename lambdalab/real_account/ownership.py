"""Whether something in the account is what the ledger says it is, and not something of the same name made since."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .kinds import Aws, Kind
    from .place import Place

CLOCKS_DIFFER_S = 300


def is_ours(kind: Kind, aws: Aws, name: str, place: Place, asked: float) -> bool:
    """Of a thing that is there, and that was asked for at this time. What has tags must carry this learner's."""
    if kind.tags is None:
        return True
    tags = kind.tags(aws, name)
    if place.is_ours(tags):
        return True
    # Tags may be put on after the creation, and something may have died in between: bare, and just as old as that.
    return not tags and kind.born is not None and abs(kind.born(aws, name) - asked) < CLOCKS_DIFFER_S
