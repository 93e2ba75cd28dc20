"""Which resource of the course an ARN names."""

from __future__ import annotations

from lambdalab import rooms

from .kinds import KINDS
from .ledger import Key

_AWS = "aws"
"""Stands for the account in ARNs of what AWS owns, such as its managed policies."""


def key_for(kind: str, name: str, region: str) -> Key:
    """The ledger's key for a resource."""
    return Key(kind, name, "" if KINDS[kind].global_ else region)


def key_of(arn: str) -> Key | None:
    """The resource that has this ARN; None if the course creates none of that kind."""
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":
        return None
    _, _, service, region, account, rest = parts
    room = rooms.part(service, "account")
    if room is None or account == _AWS:
        return None
    named = room.ACCOUNT.of_arn(rest)
    return key_for(named.kind, named.name, region) if named and named.name else None
