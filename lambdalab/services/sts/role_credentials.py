"""The credentials of an execution role, as a function finds them in its environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lambdalab.runtime import Function


def role_credentials(function: Function) -> dict[str, str]:
    """Assume the function's role in moto's STS, and name the session after the function, as Lambda does."""
    from moto.sts.models import sts_backends

    account = function.arn.split(":")[4]
    role = sts_backends[account]["aws"].assume_role(
        region_name=function.region,
        role_session_name=function.name,
        role_arn=function.role,
        policy=None,
        duration=12 * 3600,
        external_id=None,
    )
    role.function_arn = function.arn  # for the condition key lambda:SourceFunctionArn
    return {
        "AWS_ACCESS_KEY_ID": role.access_key_id,
        "AWS_SECRET_ACCESS_KEY": role.secret_access_key,
        "AWS_SESSION_TOKEN": role.session_token,
    }
