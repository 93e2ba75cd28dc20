"""A function's execution role, with which Lambda polls: it is assumed for each poll, and must allow what is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lambdalab.delivery.polled import CannotPoll, SourceGone
from lambdalab.services.lambda_ import backend

if TYPE_CHECKING:
    from lambdalab.authorization import Enforcement
    from lambdalab.authorization.access import Access

    from .stored import Stored


@dataclass(frozen=True)
class FunctionRole:
    """The role of the function that a mapping invokes (`lambdalab.delivery.polled.ExecutionRole`)."""

    enforcement: Enforcement
    stored: Stored
    """The mapping: it may name another function later."""

    def assume(self) -> AssumedRole:
        """Look up the function and its role; CannotPoll."""
        function = backend.find_function(self.stored.function_arn)
        if function is None:
            raise SourceGone(f"there is no function {self.stored.function_arn}")
        if not self.enforcement.lambda_may_assume(function.role, function.function_arn):
            raise CannotPoll(f"Lambda cannot assume the role {function.role}")
        return AssumedRole(self.enforcement, function.role, function.function_arn)


@dataclass(frozen=True)
class AssumedRole:
    """What Lambda has of it (`lambdalab.delivery.polled.Credentials`)."""

    enforcement: Enforcement
    role_arn: str
    function_arn: str

    def require(self, *required: Access) -> None:
        """Raise CannotPoll unless the role allows all of this."""
        if not self.enforcement.role_may(self.role_arn, self.function_arn, *required):
            actions = " and ".join(sorted({access.action for access in required}))
            raise CannotPoll(f"the function's role does not allow {actions} on {required[0].resource}")
