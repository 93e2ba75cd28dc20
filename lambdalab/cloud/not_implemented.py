"""What AWS's model knows and moto does not: refused in words, in whatever service it is.

moto answers an operation that it lacks with a 500 and a page of HTML, which an SDK tries again and cannot read. And a
member that it does not know it ignores: the call works, and does less than it was asked for. The members here are those
that AWS added since moto's version was published. (Lambda's own operations: lambdas/refusals.py.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .absent import CODE, STATUS
from .permissions import reply
from .seams import Seam

if TYPE_CHECKING:
    from collections.abc import Callable

_SIGN_IN = {"MaxSigninSessionDuration": "sessions of AWS Sign-In, in the console"}
_IDENTITY_CENTER = {
    "ContextProvider": "trusted identity propagation",
    "IdentityCenterInstanceArn": "trusted identity propagation",
}
IAM_MEMBERS = {
    "create_role": _SIGN_IN,
    "update_role": _SIGN_IN,
    "create_login_profile": _SIGN_IN,
    "update_login_profile": _SIGN_IN,
    "create_open_id_connect_provider": _IDENTITY_CENTER,
    "create_saml_provider": _IDENTITY_CENTER,
    "update_saml_provider": _IDENTITY_CENTER,
}
"""For moto's methods: members of the request, and what they are about."""


def seams() -> tuple[Seam, ...]:
    """The changes to moto. They come first: some services put their own before each operation."""
    return (
        Seam(
            "moto.core.responses",
            "BaseResponse",
            "call_action",
            ("self",),
            _refusing_operations,
            "moto answers an operation that it lacks with a page of HTML",
        ),
        *(
            Seam(
                "moto.iam.responses",
                "IamResponse",
                method,
                ("self",),
                _refusing_members(members),
                "moto ignores members that it does not know",
            )
            for method, members in IAM_MEMBERS.items()
        ),
    )


def _refusing_operations(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def call_action(response: Any) -> Any:
        try:
            return original(response)
        except NotImplementedError:
            operation = str(response._get_action())
            if not _lacks(response, operation):
                raise
            return reply.answer(response, CODE, STATUS, f"{operation} is not part of this lab.")

    return call_action


def _lacks(response: Any, operation: str) -> bool:
    """Whether AWS has this operation, and moto does not. (Else it has begun one that it cannot finish.)"""
    from moto.core.utils import camelcase_to_underscores, get_service_model

    known = operation in get_service_model(response.boto3_service_name).operation_names
    return known and not hasattr(response, camelcase_to_underscores(operation))


def _refusing_members(members: dict[str, str]) -> Callable[[Any], Callable[[Any], Any]]:
    def around(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def operation(response: Any) -> Any:
            for member, feature in members.items():
                if response._get_param(member) is not None:
                    reply.refuse(response, CODE, STATUS, f"{member} ({feature}) is not part of this lab.")
            return original(response)

        return operation

    return around
