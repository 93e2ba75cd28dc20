"""Whether a resource in the account is the one in the ledger, and not another of the same name, created since."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lambdalab.account_resources import Aws, Kind

    from .place import Place

CLOCKS_DIFFER_S = 300


def is_ours(kind: Kind, aws: Aws, name: str, place: Place, asked: float) -> bool:
    """For a resource that exists, and whose creation was requested at this time: if it can have tags, they must be this
    learner's."""
    if kind.tags is None:
        return True
    tags = kind.tags(aws, name)
    if place.is_ours(tags):
        return True
    # Some kinds are tagged after their creation, and the process may have died in between: then a resource without
    # tags is ours if it was created at that time.
    return not tags and kind.created is not None and abs(kind.created(aws, name) - asked) < CLOCKS_DIFFER_S
