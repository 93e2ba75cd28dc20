"""A function's execution role, with which Lambda polls: it is assumed for each poll, and must allow what is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lambdalab.delivery.polled import CannotPoll, SourceGone
from lambdalab.services.lambda_ import backend

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.authorization import Enforcement
    from lambdalab.authorization.access import Access


@dataclass(frozen=True)
class FunctionRole:
    """The role of the function that a mapping invokes (`lambdalab.delivery.polled.ExecutionRole`)."""

    enforcement: Enforcement
    function_arn: Callable[[], str]

    def assume(self) -> AssumedRole:
        """Look up the function and its role; CannotPoll."""
        arn = self.function_arn()
        stored = backend.find_function(arn)
        if stored is None:
            raise SourceGone(f"there is no function {arn}")
        if not self.enforcement.lambda_may_assume(stored.role, stored.function_arn):
            raise CannotPoll(f"Lambda cannot assume the role {stored.role}")
        return AssumedRole(self.enforcement, stored.role, stored.function_arn)


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
