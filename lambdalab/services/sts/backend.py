"""The door into moto's STS: what is changed there, and sessions as it keeps them."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from moto.sts.models import AssumedRole, STSBackend, sts_backends

from lambdalab.authorization import moto_core
from lambdalab.authorization.principals import Session
from lambdalab.moto_patches import Patch, missing
from lambdalab.rooms import part
from lambdalab.unsupported import CODE, STATUS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import NoReturn

    from lambdalab.moto_patches import Change
    from lambdalab.services.parts import LabParts

_PARTITION = "aws"
_UNSUPPORTED = {
    "assume_role_with_saml": "AssumeRoleWithSAML",
    "assume_role_with_web_identity": "AssumeRoleWithWebIdentity",
    "get_federation_token": "GetFederationToken",
    "get_session_token": "GetSessionToken",
}
"""AssumeRoleWithWebIdentity and AssumeRoleWithSAML believe an identity provider, whose keys are fetched from the
internet: moto believes any token, and asks no trust policy. From the other two, moto gives credentials that it does not
know afterwards. A session of a role, by AssumeRole, is what this lab has."""


def patches(lab: LabParts) -> tuple[Change, ...]:
    """Sessions remember their role and when they began; other ways to temporary credentials are not in this lab."""
    return (
        Patch(
            "moto.sts.models",
            "AssumedRole",
            "__init__",
            (
                "self",
                "account_id",
                "region_name",
                "access_key",
                "role_session_name",
                "role_arn",
                "policy",
                "duration",
                "external_id",
            ),
            lambda original: _with_role_id(original, lab.clock.time),
            "moto knows a session's role by its name: one that is deleted and made again would be the same",
        ),
        *(
            Patch(
                "moto.sts.responses",
                "TokenResponse",
                method,
                ("self",),
                _unsupported(operation),
                "moto asks no policy whether the caller may, or gives credentials that do not work",
            )
            for method, operation in _UNSUPPORTED.items()
        ),
    )


def misfits() -> Iterator[str]:
    """What moto lacks of what is read here."""
    yield from missing(STSBackend(_PARTITION, "000000000000"), "assumed_roles", "assume_role")
    yield from missing(AssumedRole, "arn")


def session(access_key_id: str) -> Session | None:
    """The session to which an access key belongs (lambdalab.authorization.principals.Sts)."""
    found = _session(access_key_id)
    if found is None:
        return None
    return Session(
        arn=found.arn,
        name=found.session_name,
        role_arn=found.role_arn,
        role_id=found.role_id,
        policy=found.policy or None,
        issued=found.issued,
        function_arn=getattr(found, "function_arn", None),
    )


def secret_of(access_key_id: str) -> tuple[str, str] | None:
    """The secret access key and the token of a session."""
    found = _session(access_key_id)
    return (found.secret_access_key, found.session_token) if found else None


def assume_for_function(role_arn: str, session_name: str, region: str, duration: int, function_arn: str) -> Any:
    """Assume a role as Lambda does for a function."""
    account = function_arn.split(":")[4]
    role = sts_backends[account][_PARTITION].assume_role(
        region_name=region,
        role_session_name=session_name,
        role_arn=role_arn,
        policy=None,
        duration=duration,
        external_id=None,
    )
    role.function_arn = function_arn  # for the condition key lambda:SourceFunctionArn
    return role


def _with_role_id(original: Callable[..., None], now: Callable[[], float]) -> Callable[..., None]:
    def __init__(session: Any, *args: Any, **members: Any) -> None:
        original(session, *args, **members)
        session.issued = now()
        role = part("iam", "backend").role(session.role_arn)
        session.role_id = role.id if role else None

    return __init__


_by_key: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()
"""Sessions as they were last found, each with its position among those of its account. moto only ever adds some."""


def _session(access_key_id: str) -> Any:
    found = _by_key.get(access_key_id)
    if found is not None:
        sessions = sts_backends[found.account_id][_PARTITION].assumed_roles
        if found.position < len(sessions) and sessions[found.position] is found:
            return found
    for account in list(sts_backends):
        sessions = sts_backends[account][_PARTITION].assumed_roles
        for position in reversed(range(len(sessions))):
            if sessions[position].access_key_id == access_key_id:
                found = sessions[position]
                found.position = position
                _by_key[access_key_id] = found
                return found
    return None


def _unsupported(operation: str) -> Callable[[Any], Callable[[Any], NoReturn]]:
    def refuse(response: Any) -> NoReturn:
        moto_core.deny(response, CODE, STATUS, f"{operation} is not part of this lab. AssumeRole is.")

    return lambda original: refuse
