"""Policy documents, read into statements.

The grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

CURRENT_VERSION = "2012-10-17"
"""The version of the policy language in which variables are replaced. In the older one they are plain text."""

Conditions = tuple[tuple[str, str, tuple[str, ...]], ...]
"""(operator, key, values), all of which must hold."""


class MalformedPolicy(ValueError):
    """The document is no policy. The message says where it went wrong."""


@dataclass(frozen=True)
class Statement:
    """One statement. Of `actions` and `resources`, `not_…` says that it is about everything but these."""

    allow: bool
    actions: tuple[str, ...]
    not_actions: bool
    resources: tuple[str, ...] | None
    """None: the statement names none. In a resource's policy and in a role's trust policy, that is the resource."""
    not_resources: bool
    principals: tuple[tuple[str, str], ...] | None
    """(kind, value): ("AWS", an ARN or an account), ("Service", …), ("Federated", …), ("*", "*"). None: not named."""
    not_principals: bool
    conditions: Conditions
    variables: bool
    """Whether ${…} stands for something."""
    sid: str = ""


@dataclass(frozen=True)
class Policy:
    """A policy document and what people call it."""

    name: str
    statements: tuple[Statement, ...]

    @functools.cached_property
    def asks_about_request(self) -> bool:
        """Whether what it says depends on the request's context: it has conditions, or variables in resources."""
        return any(
            statement.conditions or (statement.variables and any("${" in each for each in statement.resources or ()))
            for statement in self.statements
        )


def read(document: str | bytes | Mapping[str, Any], name: str = "") -> Policy:
    """A policy from its JSON, as text or already decoded. Raises MalformedPolicy."""
    if isinstance(document, str | bytes):
        try:
            document = json.loads(document)
        except ValueError as error:
            raise MalformedPolicy(f"Syntax errors in policy: {error}") from None
    if not isinstance(document, dict):
        raise MalformedPolicy("a policy is a JSON object")
    statements = document.get("Statement", [])
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list):
        raise MalformedPolicy("Statement is neither an object nor a list of objects")
    variables = document.get("Version") == CURRENT_VERSION
    return Policy(name, tuple(_statement(each, variables) for each in statements))


def _statement(statement: Any, variables: bool) -> Statement:
    if not isinstance(statement, dict):
        raise MalformedPolicy("a statement is a JSON object")
    effect = statement.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise MalformedPolicy(f"Effect is {effect!r}, neither 'Allow' nor 'Deny'")
    actions, not_actions = _either(statement, "Action")
    if actions is None:
        raise MalformedPolicy("a statement has neither Action nor NotAction")
    resources, not_resources = _either(statement, "Resource")
    principals, not_principals = _principals(statement)
    return Statement(
        allow=effect == "Allow",
        actions=actions,
        not_actions=not_actions,
        resources=resources,
        not_resources=not_resources,
        principals=principals,
        not_principals=not_principals,
        conditions=_conditions(statement.get("Condition", {})),
        variables=variables,
        sid=str(statement.get("Sid", "")),
    )


def _either(statement: Mapping[str, Any], name: str) -> tuple[tuple[str, ...] | None, bool]:
    if name in statement and f"Not{name}" in statement:
        raise MalformedPolicy(f"a statement has both {name} and Not{name}")
    if f"Not{name}" in statement:
        return _strings(statement[f"Not{name}"], f"Not{name}"), True
    return (_strings(statement[name], name) if name in statement else None), False


def _strings(value: Any, name: str) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(each, str) for each in values):
        raise MalformedPolicy(f"{name} is neither a string nor a list of strings")
    return tuple(values)


def _principals(statement: Mapping[str, Any]) -> tuple[tuple[tuple[str, str], ...] | None, bool]:
    inverted = "NotPrincipal" in statement
    value = statement.get("NotPrincipal" if inverted else "Principal")
    if value is None:
        return None, False
    if value == "*":
        return (("*", "*"),), inverted
    if not isinstance(value, dict):
        raise MalformedPolicy("Principal is neither '*' nor an object")
    return tuple((kind, each) for kind, named in value.items() for each in _strings(named, "Principal")), inverted


def _conditions(block: Any) -> Conditions:
    if not isinstance(block, dict):
        raise MalformedPolicy("Condition is not an object")
    found = []
    for operator, keys in block.items():
        if not isinstance(keys, dict):
            raise MalformedPolicy(f"the condition {operator} is not an object")
        for key, values in keys.items():
            listed = values if isinstance(values, list) else [values]
            found.append((operator, key, tuple(_value(each, key) for each in listed)))
    return tuple(found)


def _value(value: Any, key: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise MalformedPolicy(f"a value of {key} is neither a string, nor a number, nor true or false")
