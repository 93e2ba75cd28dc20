"""Members of IAM's requests that AWS added after this version of moto: refused in words.

moto ignores a member that it does not know: the call works, and does less than it was asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lambdalab.authorization import moto_core
from lambdalab.unsupported import CODE, STATUS

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


def refuse(response: Any, members: dict[str, str], get: Callable[[str], Any]) -> None:
    """Answer a request with an error if it has one of these members; `get` gives a member of the request."""
    for member, feature in members.items():
        if get(member) is not None:
            moto_core.deny(response, CODE, STATUS, f"{member} ({feature}) is not part of this lab.")
