"""The door into moto's Lambda: functions, as moto keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.models import lambda_backends

if TYPE_CHECKING:
    from collections.abc import Iterator


def backend_of(account: str, region: str) -> Any:
    """What moto keeps of Lambda in an account and Region."""
    return lambda_backends[account][region]


def all_backends() -> Iterator[Any]:
    """Of every account and Region in which something was done with Lambda."""
    for account in list(lambda_backends):
        yield from list(lambda_backends[account].values())


def find_function(arn: str) -> Any:
    """The function that an ARN leads to, in the version that it names; None if there is none."""
    parts = arn.split(":")
    _, _, _, region, account, _, name = parts[:7]
    try:
        return lambda_backends[account][region].get_function(name, parts[7] if len(parts) > 7 else None)
    except UnknownFunctionException:
        return None
