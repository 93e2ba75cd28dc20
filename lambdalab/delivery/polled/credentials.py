"""With whose permissions Lambda polls: those of the function's execution role, which it assumes for each poll."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from lambdalab.authorization.access import Access


class Credentials(Protocol):
    """What Lambda has after it assumed a function's role."""

    @property
    def role_arn(self) -> str:
        """The role."""

    def require(self, *required: Access) -> None:
        """Raise CannotPoll unless the role allows all of this. What it allows counts as used."""


class ExecutionRole(Protocol):
    """The role of the function that a mapping invokes now. Lambda polls with it."""

    def assume(self) -> Credentials:
        """Assume the role; CannotPoll if the function no longer exists, or the role does not trust Lambda."""
