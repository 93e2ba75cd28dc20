"""Errors in Lambda's own form: moto turns them into the status, header and body that clients read."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

from lambdalab.delivery.invocation import TooManyRequests
from lambdalab.services.lambda_.backend import JsonRESTError, service_model

if TYPE_CHECKING:
    from lambdalab.delivery.invocation import Refused


def error(code: str, message: str, status: int = 400, **members: str) -> Exception:
    """An error that moto serialises as Lambda's protocol wants it.

    The code travels in a header. The body has what AWS's model of the error has: whose fault it was (Type), the
    message, which some errors spell with a capital, and `members`, for instance Reason.
    """
    raised: Exception = JsonRESTError(code, message)
    document = {**members, "Type": "User" if status < 500 else "Service", _message_member(code): message}
    raised.code = status  # type: ignore[attr-defined]
    raised.description = json.dumps(document)  # type: ignore[attr-defined]
    return raised


def refused(refusal: Refused) -> Exception:
    """What Invoke answers when Lambda does not run the function.

    For a throttled call AWS's model has a Retry-After header too; nobody has shown one.
    """
    members = {"Reason": refusal.reason} if isinstance(refusal, TooManyRequests) else {}
    return error(refusal.code, refusal.message, refusal.status, **members)


def statement_exists(sid: str) -> Exception:
    """A policy, of a function or of a layer version, has a statement of this id already."""
    return error(
        "ResourceConflictException",
        f"The statement id ({sid}) provided already exists. Please provide a new statement id, or remove the "
        "existing statement.",
        status=409,
    )


def _message_member(code: str) -> str:
    return _message_members().get(code, "message")


@cache
def _message_members() -> dict[str, str]:
    """How each error of AWS's model spells the member that has the message."""
    return {
        shape.name: "Message" if "Message" in shape.members else "message" for shape in service_model().error_shapes
    }
