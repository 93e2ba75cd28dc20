"""Mapping templates: Velocity (VTL), with $input, $context, $stageVariables and $util.

airspeed reads the language: it is maintained, and pure Python, so that it runs in the page as well. But it would let a
template read any attribute of any Python object. Whoever may change the API writes the template, and that may be a
function with a narrow role, so a template must not give access to the lab. Therefore each name in a template is looked
up here: members of maps, and for each type the Java methods that are listed below. API Gateway has no #include, #parse
and #evaluate.

A reference to something that does not exist is written as nothing. (Velocity would write the reference itself; API
Gateway's documentation does not say.) A #foreach runs at most 1,000 times, as on AWS; here it ends then.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

from __future__ import annotations

import base64
import copy
import functools
import importlib.util
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from lambdalab.runtime.json_text import parse

from . import paths

MOST_ITERATIONS = 1000
_LONGEST = 16 << 20
_NOT_OURS = re.compile(r"#\{?(include|parse|evaluate)\b")


class TemplateFailed(Exception):
    """The template cannot be parsed, or fails."""


@dataclass
class Overrides:
    """What a template overrides in the request or the response: $context.responseOverride.status …"""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    """Of the response."""
    request: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Variables:
    """What a template can see."""

    body: str
    path: Mapping[str, str] = field(default_factory=dict)
    querystring: Mapping[str, str] = field(default_factory=dict)
    header: Mapping[str, str] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    stage_variables: Mapping[str, str] = field(default_factory=dict)


def render(template: str, variables: Variables) -> tuple[str, Overrides]:
    """The output of a template, and what it overrides."""
    if found := _NOT_OURS.search(template):
        raise TemplateFailed(f"#{found[1]} is not supported in API Gateway's templates")
    context = copy.deepcopy(dict(variables.context))
    context["requestOverride"] = {"header": {}, "path": {}, "querystring": {}}
    context["responseOverride"] = {"header": {}, "status": None}
    names = {
        "input": _Input(variables),
        "util": _Util(),
        "context": context,
        "stageVariables": dict(variables.stage_variables),
    }
    try:
        text = _compiled(template.strip()).merge(names)
    except (_velocity().TemplateError, RecursionError, ArithmeticError, TypeError, ValueError, LookupError) as error:
        raise TemplateFailed(str(error)) from error
    if len(text) > _LONGEST:
        raise TemplateFailed("the template made more than 16 MB of text")
    return text, _overrides(context)


def _overrides(context: dict[str, Any]) -> Overrides:
    made = context.get("responseOverride")
    of_response: dict[str, Any] = made if isinstance(made, dict) else {}
    status = of_response.get("status")
    if isinstance(status, str) and status.isdecimal():
        status = int(status)
    headers = of_response.get("header")
    request = context.get("requestOverride")
    return Overrides(
        status if isinstance(status, int) and not isinstance(status, bool) and 200 <= status <= 599 else None,
        {str(name): text(value) for name, value in headers.items()} if isinstance(headers, dict) else {},
        request if isinstance(request, dict) else {},
    )


# $input and $util -------------------------------------------------------------------------------------------------


class _Input:
    """$input."""

    def __init__(self, variables: Variables) -> None:
        self._variables = variables
        self.body = variables.body
        self.methods = {"json": self._json, "path": self._path, "params": self._params}

    def _document(self) -> Any:
        if not self.body.strip():
            return {}
        try:
            return parse(self.body)
        except ValueError as error:
            raise TemplateFailed("the payload is not JSON") from error

    def _find(self, path: str) -> Any:
        try:
            return paths.find(self._document(), path)
        except paths.MalformedPath as error:
            raise TemplateFailed(f"{path!r} is not a JSONPath: {error}") from error

    def _json(self, path: str = "$") -> str:
        return json.dumps(self._find(path), separators=(",", ":"), ensure_ascii=False)

    def _path(self, path: str = "$") -> Any:
        return _seen(self._find(path))

    def _params(self, name: str | None = None) -> Any:
        known = self._variables
        if name is None:
            return {"path": dict(known.path), "querystring": dict(known.querystring), "header": dict(known.header)}
        for each in (known.path, known.querystring, known.header):
            if name in each:
                return each[name]
        return next((value for each, value in known.header.items() if each.lower() == str(name).lower()), "")


class _Util:
    """$util."""

    def __init__(self) -> None:
        self.methods: dict[str, Callable[..., Any]] = {
            "escapeJavaScript": escape_java_script,
            "parseJson": self._parse_json,
            "urlEncode": lambda value: quote_plus(text(value)),
            "urlDecode": lambda value: unquote_plus(text(value)),
            "base64Encode": lambda value: base64.b64encode(text(value).encode()).decode(),
            "base64Decode": lambda value: base64.b64decode(text(value)).decode("utf-8", "replace"),
        }

    @staticmethod
    def _parse_json(value: Any) -> Any:
        try:
            return _seen(parse(text(value)))
        except ValueError as error:
            raise TemplateFailed("the argument of $util.parseJson is not JSON") from error


_ESCAPES = {
    "'": "\\'",
    '"': '\\"',
    "\\": "\\\\",
    "/": "\\/",
    "\b": "\\b",
    "\n": "\\n",
    "\t": "\\t",
    "\f": "\\f",
    "\r": "\\r",
}


def escape_java_script(value: Any) -> str:
    """As Java's StringEscapeUtils: quotes, backslashes, slashes, non-ASCII. (\\' is not valid JSON: replace it.)"""
    return "".join(_escaped(character) for character in text(value))


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if " " <= character <= "~":
        return character
    code = character.encode("utf-16-be")
    return "".join(f"\\u{code[at]:02X}{code[at + 1]:02X}" for at in range(0, len(code), 2))


# Values as Java shows them ----------------------------------------------------------------------------------------


class _JsonList(list[Any]):
    """A list from a JSON document: written as JSON, whatever stands in it."""


def _seen(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _seen(each) for name, each in value.items()}
    if isinstance(value, list):
        return _JsonList(_seen(each) for each in value)
    return value


def text(value: Any) -> str:
    """A value as it is written into the text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}={_inner(each)}" for name, each in value.items()) + "}"
    if isinstance(value, _JsonList):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_inner(each) for each in value) + "]"
    if isinstance(value, str | int | float):
        return str(value)
    return ""


def _inner(value: Any) -> str:
    return "null" if value is None else text(value)


# Names in templates -----------------------------------------------------------------------------------------------


@dataclass
class _Entry:
    """Of a map's entrySet()."""

    key: Any
    value: Any

    @property
    def methods(self) -> dict[str, Callable[..., Any]]:
        return {"getKey": lambda: self.key, "getValue": lambda: self.value}


def _put(value: dict[Any, Any], key: Any, new: Any) -> Any:
    before, value[key] = value.get(key), new
    return before


def _index(value: Sequence[Any], wanted: Any) -> int:
    return next((at for at, each in enumerate(value) if each == wanted), -1)


def _java_pattern(pattern: Any) -> re.Pattern[str]:
    return re.compile(text(pattern))


def _java_replacement(new: Any) -> str:
    """Java's $1 is Python's \\1."""
    return re.sub(r"\$(\d)", r"\\\1", text(new))


_METHODS: tuple[tuple[type, dict[str, Callable[..., Any]]], ...] = (
    (
        str,
        {
            "charAt": lambda value, at: value[at],
            "concat": lambda value, other: value + text(other),
            "contains": lambda value, part: text(part) in value,
            "endsWith": lambda value, part: value.endswith(text(part)),
            "equals": lambda value, other: value == other,
            "equalsIgnoreCase": lambda value, other: value.lower() == text(other).lower(),
            "indexOf": lambda value, part: value.find(text(part)),
            "isEmpty": lambda value: not value,
            "lastIndexOf": lambda value, part: value.rfind(text(part)),
            "length": len,
            "matches": lambda value, pattern: _java_pattern(pattern).fullmatch(value) is not None,
            "replace": lambda value, old, new: value.replace(text(old), text(new)),
            "replaceAll": lambda value, old, new: _java_pattern(old).sub(_java_replacement(new), value),
            "replaceFirst": lambda value, old, new: _java_pattern(old).sub(_java_replacement(new), value, count=1),
            "split": lambda value, pattern: _java_pattern(pattern).split(value),
            "startsWith": lambda value, part: value.startswith(text(part)),
            "substring": lambda value, start, end=None: value[start:end],
            "toLowerCase": lambda value: value.lower(),
            "toString": lambda value: value,
            "toUpperCase": lambda value: value.upper(),
            "trim": lambda value: value.strip(),
        },
    ),
    (
        list,
        {
            "add": lambda value, item: value.append(item) or True,
            "addAll": lambda value, items: value.extend(items) or True,
            "contains": lambda value, item: item in value,
            "get": lambda value, at: value[at],
            "indexOf": _index,
            "isEmpty": lambda value: not value,
            "remove": lambda value, at: value.pop(at),
            "size": len,
            "toString": text,
        },
    ),
    (
        dict,
        {
            "containsKey": lambda value, key: key in value,
            "containsValue": lambda value, item: item in value.values(),
            "entrySet": lambda value: [_Entry(key, item) for key, item in value.items()],
            "get": lambda value, key: value.get(key),
            "isEmpty": lambda value: not value,
            "keySet": lambda value: list(value),
            "put": _put,
            "putAll": lambda value, other: value.update(other),
            "remove": lambda value, key: value.pop(key, None),
            "size": len,
            "toString": text,
            "values": lambda value: list(value.values()),
        },
    ),
    (bool, {"toString": text, "equals": lambda value, other: value is other}),
    (int, {"toString": text, "equals": lambda value, other: value == other, "intValue": lambda value: value}),
    (float, {"toString": text, "equals": lambda value, other: value == other, "intValue": int}),
)


_RAISED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, re.error)
"""What methods raise for wrong arguments. In Java an exception in a method fails the template as well."""


def _method(value: Any, name: str) -> Callable[..., Any] | None:
    if isinstance(value, _Input | _Util | _Entry):
        return value.methods.get(name)
    for kind, methods in _METHODS:
        if isinstance(value, kind):
            found = methods.get(name)
            return functools.partial(found, value) if found else None
    return None


def _member(node: Any, value: Any, loader: Any, names: Any) -> Any:
    """What a name means, in place of NameOrCall.calculate."""
    if node.parameters is not None:
        method = None if isinstance(value, _velocity().LocalNamespace) else _method(value, node.name)
        if method is None:
            return None
        try:
            return method(*node.parameters.calculate(names, loader))
        except _RAISED as error:
            raise TemplateFailed(f"{node.name}: {error}") from error
    if isinstance(value, Mapping):  # the names of the template itself are one, too
        try:
            found = value[node.name]
        except KeyError:
            found = None
    elif isinstance(value, _Input):
        found = value.body if node.name == "body" else None
    elif isinstance(value, _Entry):
        found = {"key": value.key, "value": value.value}.get(node.name)
    else:
        found = None
    return found if node.index is None else _at(found, node.index.calculate(names, loader))


def _below(node: Any, value: Any, loader: Any, names: Any) -> Any:
    """What comes after a name: .member, or [index], in place of SubExpression.calculate."""
    if not isinstance(node.expression, _velocity().ArrayIndex):
        return node.expression.calculate(value, loader, names)
    found = _at(value, node.expression.calculate(names, loader))
    return node.subexpression.calculate(found, loader, names) if node.subexpression else found


def _at(value: Any, index: Any) -> Any:
    try:
        return value[index] if isinstance(value, dict | list | str) else None
    except (LookupError, TypeError):
        return None


def _write(node: Any, stream: Any, names: Any, loader: Any) -> None:
    """A reference in the text, in place of FormalReference.evaluate_raw."""
    if node.expression is None:
        stream.write(node.my_text())
        return
    value = node.expression.calculate(names, loader)
    if value is None and node.alternate is not None:
        value = node.alternate.calculate(names, loader)
    stream.write(text(value))
    if stream.tell() > _LONGEST:
        raise TemplateFailed("the template made more than 16 MB of text")


def _repeat(node: Any, stream: Any, names: Any, loader: Any) -> None:
    """In place of ForeachDirective.evaluate_raw: of a map, Velocity takes the values."""
    value = node.value.calculate(names, loader)
    if isinstance(value, Mapping):
        value = list(value.values())
    items = list(value[:MOST_ITERATIONS]) if isinstance(value, list | range | tuple) else []
    for index, item in enumerate(items):
        more = index + 1 < len(items)
        inside = _velocity().LocalNamespace(names)
        inside["velocityCount"] = index + 1
        inside["velocityHasNext"] = more
        inside["foreach"] = {
            "count": index + 1,
            "index": index,
            "hasNext": more,
            "first": index == 0,
            "last": not more,
        }
        inside[node.loop_var_name] = item
        node.block.evaluate(stream, inside, loader)


@functools.cache
def _velocity() -> Any:
    """airspeed, in a copy of our own, in which names are looked up here: others in this process keep theirs."""
    spec = importlib.util.find_spec("airspeed")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, attribute, ours in (
        ("NameOrCall", "calculate", _member),
        ("SubExpression", "calculate", _below),
        ("FormalReference", "evaluate_raw", _write),
        ("ForeachDirective", "evaluate_raw", _repeat),
    ):
        setattr(getattr(module, name), attribute, ours)
    return module


@functools.lru_cache(maxsize=128)
def _compiled(template: str) -> Any:
    compiled = _velocity().Template(template)
    compiled.ensure_compiled()
    return compiled
