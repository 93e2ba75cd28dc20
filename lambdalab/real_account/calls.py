"""What a call does to the resources in the account: does it only read, create one, or change one?

The operation's name decides, and what the room of the service says about it (its `account.py`). A call about which
neither says anything is refused: the course makes no call that it cannot clean up after.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lambdalab.account_resources import ServiceResources

from .arns import key_for, key_of
from .kinds import SERVICES
from .place import PATH

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lambdalab.account_resources import Creation, Named, Parameters

    from .ledger import Key

_READS = re.compile(
    r"(Get|List|Describe|Head|BatchGet|TransactGet|Query|Scan|Filter|Lookup|Select|Simulate|Validate|Test|Estimate)"
    r"(?![a-z])"
)
_BEGINS = re.compile(
    r"(Create|Register|Import|Export|Restore|Copy|Run|Start|Publish|Purchase|Request|Allocate)(?![a-z])"
)
"""An operation that begins like this creates something: a room knows it, or it is refused, whatever it names."""

_ARNS = ("Resource", "ResourceArn", "ResourceARN", "resourceArn")
"""Parameters with the ARN of what a call changes, in all services."""

CREATIONS: dict[tuple[str, str], Creation] = {
    (name, operation): creation
    for name, service in SERVICES.items()
    for operation, creation in service.creations.items()
}
"""By service and operation."""


class Unknown(LookupError):
    """Nothing is known about a call, so it is not made."""

    def __init__(self, service: str, operation: str) -> None:
        super().__init__(
            f"{service}:{operation} was not called. On a real account the course calls only what it can clean up "
            "after, and it does not know what this call leaves. Call it in the local lab, or yourself, outside of the "
            "course (lambdalab.stop() first)."
        )


@dataclass(frozen=True)
class Call:
    """What a call does."""

    creates: Creation | None = None
    ends: Key | None = None
    """The resource that is gone afterwards."""
    touches: tuple[Key, ...] = ()
    """The resources that it changes: all of them must be the course's own."""
    looks: bool = False
    """It only reads."""


def understand(service: str, operation: str, parameters: Parameters, region: str) -> Call:
    """What this call does. Raises Unknown."""
    if _READS.match(operation):
        return Call(looks=True)
    room = SERVICES.get(service) or ServiceResources(service)
    if room.harmless is None or operation in room.harmless:
        return Call()
    if creation := room.creations.get(operation):
        return Call(creates=creation, touches=_keys(region, creation.uses(parameters)))
    if _BEGINS.match(operation) and operation not in room.parts:
        raise Unknown(service, operation)
    touches = _touched(room, operation, parameters, region)
    if not touches:
        if operation in room.may_name_none:
            return Call()
        raise Unknown(service, operation)
    kind = room.deletions.get(operation)
    whole = touches[0].kind == kind and not room.only_part(parameters)
    return Call(ends=touches[0] if whole else None, touches=touches)


def _keys(region: str, named: Iterable[Named]) -> tuple[Key, ...]:
    return tuple(key_for(each.kind, each.name, region) for each in named)


def _touched(room: ServiceResources, operation: str, parameters: Parameters, region: str) -> tuple[Key, ...]:
    """The resources that a call names as those that it changes."""
    found = [
        key_for(name.kind, name.read(str(parameters[name.parameter])), region)
        for name in room.names
        if parameters.get(name.parameter)
    ]
    if found:
        return tuple(found if room.all_names else found[:1])
    for parameter in _ARNS:
        if isinstance(parameters.get(parameter), str):
            key = key_of(parameters[parameter])
            return (key,) if key is not None else ()
    return _keys(region, room.other_names(operation, parameters))


def marked(parameters: Parameters, creation: Creation, tags: dict[str, str], boundary: str) -> Parameters:
    """The same call, with the course's tags, and for IAM with its path and the permissions boundary."""
    changed = dict(parameters)
    if creation.tags is not None and creation.takes_tags(parameters):
        parameter, form = creation.tags
        if form == "map":
            changed[parameter] = {**parameters.get(parameter, {}), **tags}
        else:
            key, value = ("key", "value") if form == "lower" else ("Key", "Value")
            own = [tag for tag in parameters.get(parameter, ()) if tag.get(key) not in tags]
            changed[parameter] = [*own, *({key: name, value: text} for name, text in tags.items())]
    if creation.in_iam:
        path = str(parameters.get("Path") or "/")
        changed["Path"] = path if path.startswith(PATH) else PATH + path.strip("/") + "/" * (path != "/")
    if creation.bounded and boundary:
        changed["PermissionsBoundary"] = boundary
    return changed
