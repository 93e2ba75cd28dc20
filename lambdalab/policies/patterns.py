"""Wildcards and variables of policies.

`*` stands for any text and `?` for any one character. In the current version of the language `${key}` stands for a
value of the request, `${key, 'text'}` has a text for when there is none, and `${*}`, `${?}`, `${$}` are the characters
themselves.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

Context = "Mapping[str, str | tuple[str, ...]]"
"""The request's condition keys, in lower case, with one value or several."""

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_WITH_DEFAULT = re.compile(r"\s*([^,\s]+)\s*,\s*'([^']*)'\s*$")


class NoValue(Exception):
    """A variable for which the request has no value, or several: what names it matches nothing."""


def matches(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    """Whether a text is of a pattern that has wildcards and no variables."""
    return _compiled(pattern, ignore_case).fullmatch(text) is not None


def filled(pattern: str, context: Mapping[str, str | tuple[str, ...]], *, wildcards: bool = True) -> str:
    """The pattern with its variables replaced. Their values are text: a `*` in one is no wildcard.

    With `wildcards`, what is returned is a pattern in which such characters are marked (see `_compiled`); without, it
    is plain text. Raises NoValue.
    """

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name in ("*", "?", "$"):
            return _literal(name) if wildcards else name
        default = None
        if with_default := _WITH_DEFAULT.match(name):
            name, default = with_default.groups()
        found = context.get(name.strip().lower(), default)
        if not isinstance(found, str):
            raise NoValue(name)
        return _literal(found) if wildcards else found

    return _VARIABLE.sub(value, pattern)


def arn_matches(pattern: str, arn: str) -> bool:
    """Whether an ARN is of a pattern: part by part, as a wildcard does not reach beyond its part."""
    wanted, found = pattern.split(":", 5), arn.split(":", 5)
    return len(wanted) == len(found) == 6 and all(map(matches, wanted, found))


def resource_matches(pattern: str, resource: str, context: Mapping[str, str | tuple[str, ...]] | None) -> bool | None:
    """As of an ARN; but a policy may leave out the last parts of a resource's ARN, which are then any.

    Variables are replaced if there is a context. None: all parts fit, but for one with a variable that has no value.
    """
    wanted, found = pattern.split(":", 5), resource.split(":", 5)
    if len(found) != 6:
        return False
    known = True
    for one, other in zip(wanted + ["*"] * (6 - len(wanted)), found, strict=True):
        try:
            if not matches(one if context is None else filled(one, context), other):
                return False
        except NoValue:
            known = False
    return True if known else None


_MARK = "\0"


def _literal(text: str) -> str:
    return re.sub(r"[*?]", lambda match: _MARK + match[0], text)


@functools.lru_cache(maxsize=4096)
def _compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    """`*` and `?` are wildcards unless a mark stands before them."""
    parts = re.split(r"(\0[*?]|[*?])", pattern)
    expression = "".join({"*": ".*", "?": "."}.get(part) or re.escape(part.removeprefix(_MARK)) for part in parts)
    return re.compile(expression, re.DOTALL | (re.IGNORECASE if ignore_case else 0))
