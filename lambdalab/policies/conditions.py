"""Condition operators: whether a statement's conditions hold for a request.

A condition names an operator, a key of the request, and values. It holds if one of the values fits; of the operators
that say "not", if none does. A key that the request does not have fits no value: so `StringEquals` fails and
`StringNotEquals` holds, and `…IfExists` holds in any case.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

import ipaddress
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .patterns import NoValue, arn_matches, filled, matches

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .documents import Statement

Test = "Callable[[str, str], bool]"
"""(value in the policy, value of the request) → whether they fit."""


def hold(statement: Statement, context: Mapping[str, str | tuple[str, ...]]) -> bool:
    """Whether all conditions of a statement hold."""
    return all(
        _holds(operator, key, values, context, variables=statement.variables)
        for operator, key, values in statement.conditions
    )


def _holds(
    operator: str,
    key: str,
    values: tuple[str, ...],
    context: Mapping[str, str | tuple[str, ...]],
    *,
    variables: bool,
) -> bool:
    quantifier, _, name = operator.rpartition(":")
    quantifier, name = quantifier.lower(), name.lower()
    found = context.get(key.lower())
    if name == "null":
        return any((found is None) == (value.lower() == "true") for value in values)
    if_exists = name.endswith("ifexists")
    test, negated, wildcards = _operator(name.removesuffix("ifexists"))
    if test is None:
        return False  # no such operator: IAM refuses to store such a policy
    if quantifier == "forallvalues" and not found:
        return True
    if found is None:
        return quantifier != "foranyvalue" and (if_exists or negated)
    wanted = _filled(values, context, wildcards=wildcards) if variables else values

    def fits(value: str) -> bool:
        return any(_safely(test, one, value) for one in wanted) != negated

    if isinstance(found, str):
        return fits(found)
    if quantifier == "forallvalues":
        return all(map(fits, found))
    if quantifier == "foranyvalue":
        return any(map(fits, found))
    return len(found) == 1 and fits(found[0])  # several values, and nothing says whether one or all are meant


def _filled(
    values: tuple[str, ...], context: Mapping[str, str | tuple[str, ...]], *, wildcards: bool
) -> tuple[str, ...]:
    """The values, less those with a variable that the request has no value for."""
    found = []
    for value in values:
        try:
            found.append(filled(value, context, wildcards=wildcards))
        except NoValue:
            continue
    return tuple(found)


def _safely(test: Callable[[str, str], bool], wanted: str, found: str) -> bool:
    """What is no number, date or address fits nothing."""
    try:
        return test(wanted, found)
    except ValueError:
        return False


def _operator(name: str) -> tuple[Callable[[str, str], bool] | None, bool, bool]:
    """What a value is tested with, whether the operator says "not", and whether values have wildcards."""
    if name in _OPERATORS:
        return (_OPERATORS[name], False, name in _WITH_WILDCARDS)
    positive = name.replace("not", "", 1)
    if name in _NEGATED:
        return (_OPERATORS[positive], True, positive in _WITH_WILDCARDS)
    return (None, False, False)


def _number(text: str) -> float:
    return float(text)


def _moment(text: str) -> float:
    """Seconds since 1970, from those or from a date of ISO 8601."""
    if re.fullmatch(r"-?\d+(\.\d+)?", text) and not re.fullmatch(r"\d{4}", text):
        return float(text)
    padded = text + "-01-01"[3 * (text.count("-")) :] if re.fullmatch(r"\d{4}(-\d\d)?", text) else text
    moment = datetime.fromisoformat(padded)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _in_network(wanted: str, found: str) -> bool:
    return ipaddress.ip_address(found) in ipaddress.ip_network(wanted, strict=False)


_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "stringequals": lambda wanted, found: wanted == found,
    "stringequalsignorecase": lambda wanted, found: wanted.lower() == found.lower(),
    "stringlike": matches,
    "numericequals": lambda wanted, found: _number(found) == _number(wanted),
    "numericlessthan": lambda wanted, found: _number(found) < _number(wanted),
    "numericlessthanequals": lambda wanted, found: _number(found) <= _number(wanted),
    "numericgreaterthan": lambda wanted, found: _number(found) > _number(wanted),
    "numericgreaterthanequals": lambda wanted, found: _number(found) >= _number(wanted),
    "dateequals": lambda wanted, found: _moment(found) == _moment(wanted),
    "datelessthan": lambda wanted, found: _moment(found) < _moment(wanted),
    "datelessthanequals": lambda wanted, found: _moment(found) <= _moment(wanted),
    "dategreaterthan": lambda wanted, found: _moment(found) > _moment(wanted),
    "dategreaterthanequals": lambda wanted, found: _moment(found) >= _moment(wanted),
    "bool": lambda wanted, found: wanted.lower() == found.lower(),
    "binaryequals": lambda wanted, found: wanted == found,
    "ipaddress": _in_network,
    "arnequals": arn_matches,
    "arnlike": arn_matches,
}
_NEGATED = (
    "stringnotequals",
    "stringnotequalsignorecase",
    "stringnotlike",
    "numericnotequals",
    "datenotequals",
    "notipaddress",
    "arnnotequals",
    "arnnotlike",
)
_WITH_WILDCARDS = ("stringlike", "arnequals", "arnlike")
