"""Sessions that somebody else vouches for, and the other two ways to temporary credentials: not part of this lab.

AssumeRoleWithWebIdentity and AssumeRoleWithSAML believe an identity provider, whose keys are fetched from the internet:
moto believes any token, and asks no trust policy. From GetSessionToken and GetFederationToken moto gives credentials
that nobody knows. A session of a role, by AssumeRole, is what this lab has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from lambdalab.authorization.denial_response import refuse
from lambdalab.moto_patches import Patch
from lambdalab.unsupported import CODE, STATUS

if TYPE_CHECKING:
    from collections.abc import Callable

_OPERATIONS = {
    "assume_role_with_saml": "AssumeRoleWithSAML",
    "assume_role_with_web_identity": "AssumeRoleWithWebIdentity",
    "get_federation_token": "GetFederationToken",
    "get_session_token": "GetSessionToken",
}


def patches() -> tuple[Patch, ...]:
    """The change to moto's STS."""
    return tuple(
        Patch(
            "moto.sts.responses",
            "TokenResponse",
            method,
            ("self",),
            _refusal(operation),
            "moto asks nobody whether the caller may, or gives credentials that do not work",
        )
        for method, operation in _OPERATIONS.items()
    )


def _refusal(operation: str) -> Callable[[Any], Callable[[Any], NoReturn]]:
    def refused(response: Any) -> NoReturn:
        refuse(response, CODE, STATUS, f"{operation} is not part of this lab. AssumeRole is.")

    return lambda original: refused
