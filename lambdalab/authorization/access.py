"""What a request needs to be allowed: an action on a resource, in the words of policies.

The rooms say which access a call of their service requires; `service_permissions.py` asks them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


Context = dict[str, str | tuple[str, ...]]
"""Condition keys in lower case, with one value or several."""


@dataclass(frozen=True)
class Call:
    """A request to a service, as far as permissions are concerned."""

    service: str
    """As in ARNs and signatures: dynamodb."""
    operation: str
    """PutItem."""
    get: Callable[[str], Any]
    """A parameter by its name in the API; None if it is not given."""
    region: str
    account: str

    def arn(self, resource: str, *, service: str = "") -> str:
        """An ARN of this region and account."""
        return f"arn:aws:{service or self.service}:{self.region}:{self.account}:{resource}"

    def named(self, name: Any, kind: str) -> str:
        """The ARN of a resource of this kind. A call may name it by its ARN or by its name alone."""
        text = str(name)
        return text if text.startswith("arn:") else self.arn(kind + text)


@dataclass(frozen=True)
class Access:
    """One action on one resource, which must be allowed."""

    action: str
    """As policies name it: dynamodb:PutItem."""
    resource: str = "*"
    """An ARN; "*" for an action that is about no resource in particular."""
    context: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    """Condition keys that only this action has."""


def access_to(call: Call, resource: str | None, *, action: str = "", service: str = "") -> list[Access]:
    """The usual case: the action that is named like the operation, on one resource or on none in particular."""
    return [Access(f"{service or call.service}:{action or call.operation}", resource or "*")]


def pass_role(role: Any, service: str) -> list[Access]:
    """Giving a role to a service needs iam:PassRole: otherwise the service could do for the caller what they can't.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    """
    return [Access("iam:PassRole", str(role), {"iam:passedtoservice": service})] if role else []
