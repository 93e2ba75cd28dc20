"""Whether a function may call itself in a circle: RecursiveLoop, Terminate unless it was set to Allow.

What a circle is, says `lambdalab.delivery.recursion`. An invocation that closes it once too often does not happen:
who waits for the answer gets RecursiveInvocationException, an event goes to the dead-letter queue or the on-failure
destination, a message stays in its queue.

CloudWatch's metric RecursiveInvocationsDropped counts them. AWS also writes to the account's Health
Dashboard and sends a mail; the lab does not.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lambdalab.delivery.invocation import RecursiveLoop
from lambdalab.delivery.recursion import is_loop
from lambdalab.moto_patches import AddedOperation, Change
from lambdalab.services.lambda_ import backend
from lambdalab.services.lambda_.api.operation import body_of, latest_of, respond
from lambdalab.services.lambda_.versions.versions import find

if TYPE_CHECKING:
    from lambdalab.services.lambda_.api.operation import Answer
    from lambdalab.services.parts import LabParts

TERMINATE, ALLOW = "Terminate", "Allow"


def patches(lab: LabParts) -> tuple[Change, ...]:
    """The two operations, which moto lacks."""
    return (
        AddedOperation("GetFunctionRecursionConfig", _get),
        AddedOperation("PutFunctionRecursionConfig", _put),
    )


def refuse_loop(stored: Any, trace: str | None, now: float) -> None:
    """Raise RecursiveLoop if Lambda stops the next invocation in the chain of a trace header. It counts."""
    if not is_loop(trace, stored.function_arn):
        return
    latest = find(backend.backend_of(stored.account_id, stored.region), stored.function_name)
    if setting(latest) == TERMINATE:
        _count(latest, now)
        raise RecursiveLoop(
            "Lambda has detected your function being invoked in a recursive loop with other AWS resources and stopped "
            "your function's invocation."
        )


def setting(latest: Any) -> str:
    """The function's setting; all its versions and aliases have the same."""
    return str(getattr(latest, "recursive_loop", TERMINATE))


def _count(latest: Any, now: float) -> None:
    """One more of RecursiveInvocationsDropped."""
    datum = {
        "MetricName": "RecursiveInvocationsDropped",
        "Dimensions": [{"Name": "FunctionName", "Value": latest.function_name}],
        "Timestamp": datetime.fromtimestamp(now, UTC).replace(tzinfo=None),
        "Value": 1,
        "Unit": "Count",
    }
    backend.put_metric(latest, datum)


def _get(response: Any) -> Answer:
    return respond({"RecursiveLoop": setting(latest_of(response))})


def _put(response: Any) -> Answer:
    wanted = body_of(response).get("RecursiveLoop")
    latest_of(response).recursive_loop = wanted
    return respond({"RecursiveLoop": wanted})
