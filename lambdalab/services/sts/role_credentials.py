"""The credentials of an execution role, as a function finds them in its environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.rooms import part

if TYPE_CHECKING:
    from lambdalab.runtime import Function

_DURATION_S = 12 * 3600


def role_credentials(function: Function) -> dict[str, str]:
    """Assume the function's role in STS, and name the session after the function, as Lambda does."""
    session = part("sts", "backend").assume_for_function(
        function.role, function.name, function.region, _DURATION_S, function.arn
    )
    return {
        "AWS_ACCESS_KEY_ID": session.access_key_id,
        "AWS_SECRET_ACCESS_KEY": session.secret_access_key,
        "AWS_SESSION_TOKEN": session.session_token,
    }
