"""With a function's execution role, pollers read queues and streams; it must allow that each time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lambdalab.delivery import destinations
from lambdalab.delivery.polled import CannotPoll, SourceGone

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.authorization import Enforcement
    from lambdalab.authorization.access import Access


class Role:
    """The role of the function that a mapping leads to now."""

    def __init__(self, enforcement: Enforcement, function_arn: Callable[[], str]) -> None:
        self._enforcement = enforcement
        self._function_arn = function_arn

    def refuse(self, *asked: Access) -> None:
        """Raise CannotPoll unless the role allows all that."""
        stored = function(self._function_arn())
        if stored is None:
            raise SourceGone(f"there is no function {self._function_arn()}")
        if not self._enforcement.lambda_may_assume(stored.role, stored.function_arn):
            raise CannotPoll(f"Lambda cannot become the role {stored.role}")
        if not self._enforcement.role_may(stored.role, stored.function_arn, *asked):
            names = " and ".join(sorted({question.action for question in asked}))
            raise CannotPoll(f"the function's role does not allow {names} on {asked[0].resource}")


def function(arn: str) -> Any:
    """moto's function, of the version that an ARN leads to; None if there is none."""
    from moto.awslambda.exceptions import UnknownFunctionException
    from moto.awslambda.models import lambda_backends

    _, _, _, region, account, _ = arn.split(":", 5)
    try:
        return lambda_backends[account][region].get_function(*destinations.split_function(arn))
    except UnknownFunctionException:
        return None
