"""How a function is named: by its name, its ARN or a part of it, each with or without a qualifier.

    hello · hello:live · 123456789012:function:hello:live · arn:aws:lambda:us-east-1:123456789012:function:hello:live

A qualifier is a version number, `$LATEST` or the name of an alias. It may stand behind the name or in a parameter of
its own; if it stands in both, they must agree.
https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html#API_GetFunction_RequestSyntax
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import error

_NAME = re.compile(
    r"(arn:aws[a-zA-Z-]*:lambda:)?"
    r"(?:(?P<region>(?:eusc-)?[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d):)?"
    r"(?:(?P<account>\d{12}):)?"
    r"(?:function:)?"
    r"(?P<name>[a-zA-Z0-9-_.]+)"
    r"(?::(?P<qualifier>\$LATEST(?:\.PUBLISHED)?|[a-zA-Z0-9-_]+))?"
)
LATEST = "$LATEST"


@dataclass(frozen=True)
class Reference:
    """A function, and perhaps one version of it."""

    name: str
    qualifier: str | None = None

    def arn(self, account: str, region: str) -> str:
        """As the caller named it, in full: what a handler finds as `context.invoked_function_arn`."""
        behind = f":{self.qualifier}" if self.qualifier else ""
        return f"arn:aws:lambda:{region}:{account}:function:{self.name}{behind}"


def parse(text: str, qualifier: str | None, *, account: str, region: str) -> Reference:
    """The function that is meant. Other accounts and regions are out of reach."""
    found = _NAME.fullmatch(text)
    if found is None:  # the model's pattern has been checked; what it lets through and this does not is no name
        raise error("InvalidParameterValueException", f"Unsupported function name: {text}")
    if found["region"] not in (None, region):
        raise error(
            "ResourceNotFoundException",
            f"Functions from '{found['region']}' are not reachable in this region ('{region}')",
            404,
        )
    if found["account"] not in (None, account):
        raise error(
            "AccessDeniedException",
            f"The lab has one account, {account}: it has no access to functions of {found['account']}.",
            403,
        )
    if found["qualifier"] and qualifier and found["qualifier"] != qualifier:
        raise error(
            "InvalidParameterValueException",
            "The derived qualifier from the function name does not match the specified qualifier.",
        )
    return Reference(found["name"], found["qualifier"] or qualifier)
