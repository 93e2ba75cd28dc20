"""What a target of EventBridge gets: the event, a part of it, something else, or a text made from parts of it.

    InputPathsMap {"who": "$.detail.customer"}     InputTemplate {"to": <who>, "text": "Hello <who>"}

Between quotes a variable's value is inserted as it is; elsewhere as JSON. A field that the event does not have becomes
an empty string. The names `aws.events.…` are EventBridge's own.

Two rules come from what people saw EventBridge do, not from its documentation: `<aws.events.event>` has the fields of
the event except `detail`, and calls `detail-type` `detailType`; and values are not escaped, so that a value with a
quote in it can turn the template into something that is not JSON. Such an event is not delivered (INVALID_JSON).

Pure functions. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_VARIABLES = 100
RESERVED = ("aws.events.rule-arn", "aws.events.rule-name", "aws.events.event.ingestion-time")
RESERVED_EVENTS = ("aws.events.event", "aws.events.event.json")
_PLACEHOLDER = re.compile(r"<([^<>\s]+)>")
_PATH = re.compile(r"\$((?:\.[\w/-]+|\[(?:\d+|\*)\]|\.\*|\['[^']+'\])*)")
_STEP = re.compile(r"\.([\w/-]+)|\[(\d+|\*)\]|(\.\*)|\['([^']+)'\]")
_QUOTED_OR_PLACEHOLDER = re.compile(r'"(?:[^"\\]|\\.)*"|<[^<>\s]+>', re.DOTALL)

_NOTHING: Any = object()


class InvalidInput(ValueError):
    """A target's Input, InputPath or InputTransformer is not valid; the text is AWS's, after the operation's name."""


class NotJson(ValueError):
    """What a template makes of an event is not JSON."""


@dataclass(frozen=True)
class About:
    """What a template may know about a rule and the arrival of an event."""

    rule_arn: str
    rule_name: str
    ingestion_time: str


def check(target: Mapping[str, Any]) -> None:
    """Raise InvalidInput unless a target's input is valid."""
    name = target.get("Id")
    given = [each for each in ("Input", "InputPath", "InputTransformer") if target.get(each) is not None]
    if len(given) > 1:
        raise InvalidInput(f"Only one of Input, InputPath, or InputTransformer must be provided for target {name}.")
    if (constant := target.get("Input")) is not None and not _is_json(constant):
        raise InvalidInput(f"JSON syntax error in input for target {name} : Input is not valid JSON.")
    if (path := target.get("InputPath")) is not None and not _PATH.fullmatch(path):
        raise InvalidInput(f"InputPath for target {name} is invalid.")
    transformer = target.get("InputTransformer")
    if transformer is None:
        return
    paths = transformer.get("InputPathsMap") or {}
    if len(paths) > MOST_VARIABLES:
        raise InvalidInput(f"InputPathsMap for target {name} must have length less than or equal to {MOST_VARIABLES}")
    for variable, path in paths.items():
        if variable.startswith("aws."):
            raise InvalidInput(f"InputPathsMap for target {name} contains reserved key {variable}.")
        if not _PATH.fullmatch(path):
            raise InvalidInput(f"InputPathsMap for target {name} contains invalid path {path}.")
    known = {*paths, *RESERVED, *RESERVED_EVENTS}
    for variable in _PLACEHOLDER.findall(transformer.get("InputTemplate") or ""):
        if variable not in known:
            raise InvalidInput(f"InputTemplate for target {name} contains invalid placeholder {variable}.")


def input_for(target: Mapping[str, Any], event: Mapping[str, Any], about: About) -> str:
    """The JSON text that a target gets. NotJson."""
    if (constant := target.get("Input")) is not None:
        return str(constant)
    if path := target.get("InputPath"):
        found = at(path, event)
        return _json(None if found is _NOTHING else found)
    if (transformer := target.get("InputTransformer")) is not None:
        return _filled(transformer, event, about)
    return _json(event)


def at(path: str, document: Any) -> Any:
    """The value at a path, `$.detail.items[0].name`; a list for `[*]`. An object of no JSON type if there is none."""
    steps = _STEP.findall(path[1:])
    return _follow(document, [(name or quoted, index or ("*" if star else "")) for name, index, star, quoted in steps])


def _follow(value: Any, steps: list[tuple[str, str]]) -> Any:
    if not steps:
        return value
    (name, index), *rest = steps
    if index == "*":
        within = value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else []
        found = [_follow(each, rest) for each in within]
        return [each for each in found if each is not _NOTHING] or _NOTHING
    if index:
        there = isinstance(value, list) and int(index) < len(value)
        return _follow(value[int(index)], rest) if there else _NOTHING
    return _follow(value[name], rest) if isinstance(value, dict) and name in value else _NOTHING


def _filled(transformer: Mapping[str, Any], event: Mapping[str, Any], about: About) -> str:
    values: dict[str, Any] = {
        name: at(path, event) for name, path in (transformer.get("InputPathsMap") or {}).items()
    } | {
        "aws.events.rule-arn": about.rule_arn,
        "aws.events.rule-name": about.rule_name,
        "aws.events.event.ingestion-time": about.ingestion_time,
        "aws.events.event": _without_detail(event),
        "aws.events.event.json": event,
    }

    def as_text(match: re.Match[str]) -> str:
        value = values.get(match[1], _NOTHING)
        return "" if value is _NOTHING else value if isinstance(value, str) else _json(value)

    def part(match: re.Match[str]) -> str:
        if match[0].startswith('"'):
            return _PLACEHOLDER.sub(as_text, match[0])
        value = values.get(match[0][1:-1], _NOTHING)
        # A string is not escaped, whatever is in it.
        return '""' if value is _NOTHING else f'"{value}"' if isinstance(value, str) else _json(value)

    text = _QUOTED_OR_PLACEHOLDER.sub(part, str(transformer["InputTemplate"]))
    if not _is_json(text):
        raise NotJson("the input template and the event make no JSON: a value with a quote or a line break in it?")
    return _json(json.loads(text))


def _without_detail(event: Mapping[str, Any]) -> dict[str, Any]:
    names = ("id", "account", "detail-type", "time", "source", "region", "resources", "version")
    return {"detailType" if name == "detail-type" else name: event.get(name) for name in names}


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _json(value: Any) -> str:
    """Without spaces, as EventBridge sends it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
