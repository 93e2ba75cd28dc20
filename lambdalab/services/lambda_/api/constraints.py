"""A request held against AWS's service model, in AWS's words.

Pure functions: a shape of botocore's model and a value in, violations out. AWS words them

    1 validation error detected: Value '64' at 'memorySize' failed to satisfy constraint: Member must have value
    greater than or equal to 128

and lists all rules of an element when one element of a list or map breaks one. Values that the model calls sensitive
are left out. JSON of the wrong type never gets that far: it is a SerializationException, whose wording depends on
AWS's parser and is given here as reports of it show it.
"""

from __future__ import annotations

import base64
import binascii
import re
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Rule = tuple[str, Callable[[Any], bool]]


class WrongType(ValueError):
    """The JSON is not of the model's type; the message is what SerializationException says."""


def summary(violations: list[str]) -> str:
    """The message of a ValidationException."""
    count = len(violations)
    return f"{count} validation error{'s' if count > 1 else ''} detected: {'; '.join(violations)}"


def violations(shape: Any, value: Any, path: str = "") -> Iterator[str]:
    """Everything in `value` that the shape does not allow, in the order of the model. Raises WrongType."""
    yield from _CHECKS.get(shape.type_name, _scalar)(shape, value, path)


def _structure(shape: Any, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        raise WrongType(_found(value, "a structure"))
    for name, member in shape.members.items():
        where = f"{path}.{_lower(name)}" if path else _lower(name)
        inner = value.get(name)
        if inner is not None:
            yield from violations(member, inner, where)
        elif name in shape.required_members:
            yield f"Value null at '{where}' failed to satisfy constraint: Member must not be null"


def _list(shape: Any, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, list):
        raise WrongType(_found(value, "a list"))
    shown = _shown(shape, value)
    for text, holds in _lengths(shape):
        if not holds(value):
            yield _failed(shown, path, text)
    if shape.member.type_name in _CHECKS:
        for index, inner in enumerate(value, 1):
            yield from violations(shape.member, inner, f"{path}.{index}.member")
    elif _breaks(shape.member, value):
        yield _failed(shown, path, f"Member must satisfy constraint: [{_all(shape.member)}]")


def _map(shape: Any, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        raise WrongType(_found(value, "a map"))
    shown = _shown(shape, value)
    for text, holds in _lengths(shape):
        if not holds(value):
            yield _failed(shown, path, text)
    if _breaks(shape.key, list(value)):
        yield _failed(shown, path, f"Map keys must satisfy constraint: [{_all(shape.key)}]")
    if shape.value.type_name in _CHECKS:
        for key, inner in value.items():
            yield from violations(shape.value, inner, f"{path}.{key}.member")
    elif _breaks(shape.value, list(value.values())):
        yield _failed(shown, path, f"Map value must satisfy constraint: [{_all(shape.value)}]")


def _scalar(shape: Any, value: Any, path: str) -> Iterator[str]:
    checked = _typed(shape, value)
    for text, holds in reversed(_rules(shape)):
        if not holds(checked):
            yield _failed(_shown(shape, value), path, text)


_CHECKS = {"structure": _structure, "list": _list, "map": _map}


def _breaks(shape: Any, values: list[Any]) -> bool:
    """Whether one of these is null or breaks a rule."""
    return any(value is None or not all(holds(_typed(shape, value)) for _, holds in _rules(shape)) for value in values)


def _all(shape: Any) -> str:
    """Every rule of an element, as AWS lists them when one is broken."""
    return ", ".join([*(text for text, _ in _rules(shape)), "Member must not be null"])


def _rules(shape: Any) -> list[Rule]:
    """What the model says of a scalar, in the order in which AWS lists it."""
    if shape.type_name in ("integer", "long", "float", "double"):
        return list(_bounds(shape, "value", lambda value: value))
    if shape.type_name == "string":
        rules = list(_lengths(shape))
        pattern = shape.metadata.get("pattern")
        if pattern and (compiled := _compiled(pattern)):
            rules.append(
                (
                    f"Member must satisfy regular expression pattern: {pattern}",
                    lambda value: compiled.fullmatch(value) is not None,
                )
            )
        if shape.enum:
            rules.append(
                (f"Member must satisfy enum value set: [{', '.join(shape.enum)}]", lambda value: value in shape.enum)
            )
        return rules
    return []


def _lengths(shape: Any) -> Iterator[Rule]:
    return _bounds(shape, "length", len)


def _bounds(shape: Any, what: str, measure: Callable[[Any], float]) -> Iterator[Rule]:
    most, least = shape.metadata.get("max"), shape.metadata.get("min")
    if most is not None:
        yield f"Member must have {what} less than or equal to {most}", lambda value: measure(value) <= most
    if least is not None:
        yield f"Member must have {what} greater than or equal to {least}", lambda value: measure(value) >= least


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """A pattern of the model, which is written for Java; None where Python cannot read it."""
    for java, python in ((r"\p{L}", r"\w"), (r"\p{N}", r"\d"), (r"\p{Z}", r"\s")):  # they stand in character classes
        pattern = pattern.replace(java, python)
    try:
        return re.compile(pattern)
    except re.error:
        return None


def _typed(shape: Any, value: Any) -> Any:
    """The value, if it is of the shape's type. Raises WrongType."""
    kind = shape.type_name
    if isinstance(value, dict):
        raise WrongType("Start of structure or map found where not expected.")
    if isinstance(value, list):
        raise WrongType("Start of list found where not expected")
    if kind in ("integer", "long") and (isinstance(value, bool) or not isinstance(value, int)):
        raise WrongType(f"{_token(value)} can not be converted to {'an Integer' if kind == 'integer' else 'a Long'}")
    if kind in ("float", "double"):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise WrongType(f"{_token(value)} can not be converted to a Double")
        return float(value)
    if kind in ("string", "character") and not isinstance(value, str):
        raise WrongType(f"{_token(value)} can not be converted to a String")
    if kind == "boolean" and not isinstance(value, bool):
        raise WrongType(f"{_token(value)} can not be converted to a Boolean")
    if kind == "blob":
        try:
            base64.b64decode(value, validate=True)
        except (binascii.Error, TypeError, ValueError):
            raise WrongType(f"{_token(value)} can not be converted to a Blob") from None
    return value


def _token(value: Any) -> str:
    if isinstance(value, bool):
        return "TRUE_VALUE" if value else "FALSE_VALUE"
    if isinstance(value, str):
        return "STRING_VALUE"
    return "DECIMAL_VALUE" if isinstance(value, float) else "NUMBER_VALUE"


def _found(value: Any, wanted: str) -> str:
    if isinstance(value, list):
        return "Start of list found where not expected"
    if isinstance(value, dict):
        return "Start of structure or map found where not expected."
    return f"{_token(value)} can not be converted to {wanted}"


def _failed(shown: str, path: str, constraint: str) -> str:
    return f"Value {shown}at '{path}' failed to satisfy constraint: {constraint}"


def _shown(shape: Any, value: Any) -> str:
    """The value as AWS prints it, with a blank behind it; nothing for a sensitive one."""
    return "" if shape.metadata.get("sensitive") else f"'{_java(shape, value)}' "


def _java(shape: Any, value: Any) -> str:
    """As Java's toString() would say it."""
    if shape.type_name == "list":
        return f"[{', '.join(_java(shape.member, inner) for inner in value)}]"
    if shape.type_name == "map":
        return "{" + ", ".join(f"{key}={_java(shape.value, inner)}" for key, inner in value.items()) + "}"
    if shape.type_name in ("float", "double") and isinstance(value, int) and not isinstance(value, bool):
        return str(float(value))
    return str(value)


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]
