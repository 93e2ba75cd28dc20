"""Compares two models of one service. Pure: models in, changes out.

A structure that many operations share is compared once, under its own name, with the operations that meet it. What is
all that one operation takes or returns goes by the operation's name, which is the one that people know.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from .sentences import changed_numbers, sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .trees import Model

LIMITS = ("min", "max", "pattern")
NAMED = 3
"""How many operations a line names before it says "and 4 more"."""


class Kind(Enum):
    """What changed, in the order of the issue; the value is the heading."""

    OPERATION = "New operations"
    GONE = "Operations that are gone"
    MEMBER = "New members"
    MEMBER_GONE = "Members that are gone"
    REQUIRED = "What must be there"
    ENUM = "Values"
    LIMIT = "Limits"
    ERROR = "Errors"
    DEPRECATED = "Deprecated"
    WORDS = "Numbers in the documentation"


@dataclass(frozen=True)
class Change:
    """One line of the issue."""

    kind: Kind
    text: str


def compare(old: Model, new: Model) -> list[Change]:
    """What changed, in the order in which the issue says it."""
    found = [
        *_operations(old, new),
        *_new_members(old, new),
        *_structures(old, new),
        *_scalars(old, new),
        *_words(old, new),
    ]
    order = list(Kind)
    return sorted(dict.fromkeys(found), key=lambda change: order.index(change.kind))


def _operations(old: Model, new: Model) -> Iterator[Change]:
    for name in sorted(new.operations.keys() - old.operations.keys()):
        yield Change(Kind.OPERATION, f"`{name}`{_says(new.operations[name])}")
    for name in sorted(old.operations.keys() - new.operations.keys()):
        yield Change(Kind.GONE, f"`{name}`")
    for name in sorted(old.operations.keys() & new.operations.keys()):
        before, after = old.operations[name], new.operations[name]
        known = {error["shape"] for error in before.get("errors", ())}
        for error in after.get("errors", ()):
            if error["shape"] not in known:
                yield Change(Kind.ERROR, f"`{name}` may answer `{error['shape']}`")
        yield from _deprecated(f"`{name}`", before, after)


def _new_members(old: Model, new: Model) -> Iterator[Change]:
    """A member that is new in many places makes one line."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    says: dict[str, str] = {}
    for name, before, after in _in_both(old, new):
        for member, details in after.get("members", {}).items():
            if member not in before.get("members", {}):
                what = f"`{member}` ({_kind(new, details['shape'])})"
                places[what].append(new.whole.get(name) or f"`{name}`{_users(new, name)} has")
                says.setdefault(what, _says(details))
    for what in sorted(places):
        yield Change(Kind.MEMBER, f"{what}{says[what]} {'; '.join(f'{place} it' for place in places[what])}.")


def _structures(old: Model, new: Model) -> Iterator[Change]:
    for name, before, after in _in_both(old, new):
        members, known = after.get("members", {}), before.get("members", {})
        for member in sorted(known.keys() - members.keys()):
            yield Change(Kind.MEMBER_GONE, _place(old, name, member))
        for member in sorted(members.keys() & known.keys()):
            place = _place(new, name, member)
            yield from _deprecated(place, known[member], members[member])
            if members[member]["shape"] != known[member]["shape"]:  # another shape, perhaps with other limits
                yield from _limits(place, old.shapes[known[member]["shape"]], new.shapes[members[member]["shape"]])
        required, were = set(after.get("required", ())), set(before.get("required", ()))
        for member in sorted((required - were) & known.keys()):
            yield Change(Kind.REQUIRED, f"{_place(new, name, member)}: required from now on")
        for member in sorted((were - required) & members.keys()):
            yield Change(Kind.REQUIRED, f"{_place(new, name, member)}: no longer required")


def _scalars(old: Model, new: Model) -> Iterator[Change]:
    for name, before, after in _in_both(old, new):
        yield from _limits(f"`{name}`{_users(new, name)}", before, after)


def _limits(place: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    values, known = after.get("enum", ()), before.get("enum", ())
    if come := [value for value in values if value not in known]:
        yield Change(Kind.ENUM, f"{place} knows {_listed(come)}")
    if gone := [value for value in known if value not in values]:
        yield Change(Kind.ENUM, f"{place} no longer knows {_listed(gone)}")
    for limit in LIMITS:
        if before.get(limit) != after.get(limit):
            said = " → ".join(_number(shape.get(limit, "none")) for shape in (before, after))
            yield Change(Kind.LIMIT, f"{place}: {limit} {said}")
    if before["type"] != after["type"]:
        yield Change(Kind.LIMIT, f"{place}: {before['type']} → {after['type']}")


def _words(old: Model, new: Model) -> Iterator[Change]:
    """The same change of words in several places makes one line."""
    places: defaultdict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = defaultdict(list)
    for place, before, after in _documented(old, new):
        said = changed_numbers(before.get("documentation", ""), after.get("documentation", ""))
        if any(said):
            places[said].append(place)
    for (gone, come), where in places.items():
        was = [f"was “{_quoted(' '.join(gone))}”"] if gone else []
        now = [f"now “{_quoted(' '.join(come))}”"] if come else []
        yield Change(Kind.WORDS, f"{', '.join(dict.fromkeys(where))}: {', '.join(was + now)}")


def _documented(old: Model, new: Model) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    for name in sorted(old.operations.keys() & new.operations.keys()):
        yield f"`{name}`", old.operations[name], new.operations[name]
    for name, before, after in _in_both(old, new):
        yield f"`{name}`", before, after
        known = before.get("members", {})
        for member, details in sorted(after.get("members", {}).items()):
            if member in known:
                yield _place(new, name, member), known[member], details


def _in_both(old: Model, new: Model) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """The shapes that are in both; what only one has is met where something refers to it."""
    for name in sorted(old.shapes.keys() & new.shapes.keys()):
        yield name, old.shapes[name], new.shapes[name]


def _deprecated(place: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    if after.get("deprecated") and not before.get("deprecated"):
        said = after.get("deprecatedMessage", "")
        yield Change(Kind.DEPRECATED, f"{place}{f': {_quoted(said)}' if said else ''}")


def _place(model: Model, shape: str, member: str) -> str:
    """A member, by the operation whose it is, or else by its structure and the operations that meet that."""
    if shape in model.whole:
        return f"{model.whole[shape]} `{member}`"
    return f"`{shape}.{member}`{_users(model, shape)}"


def _users(model: Model, shape: str) -> str:
    users = model.users.get(shape, ())
    more = f" and {len(users) - NAMED} more" if len(users) > NAMED else ""
    return f" (in {', '.join(users[:NAMED])}{more})" if users else ""


def _kind(model: Model, name: str) -> str:
    """What a shape is, in brackets behind a new member: its type, its limits, or what is in it."""
    shape = model.shapes[name]
    if members := shape.get("members"):
        return f"{shape['type']} of {_listed(sorted(members))}"
    said = [shape["type"]]
    if values := shape.get("enum"):
        said.append(f"one of {_listed(values)}")
    said += [f"{limit} {_number(shape[limit])}" for limit in LIMITS if limit in shape]
    return ", ".join(said)


def _listed(values: list[str]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def _number(value: object) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return "none" if value == "none" else f"`{value}`"


def _says(details: Mapping[str, Any]) -> str:
    """The first sentence of the documentation, behind a colon."""
    said = sentences(details.get("documentation", ""))
    return f": {_quoted(said[0])}" if said else ""


def _quoted(text: str) -> str:
    """AWS's words, in which Markdown must not see HTML."""
    return text.replace("<", "&lt;")
