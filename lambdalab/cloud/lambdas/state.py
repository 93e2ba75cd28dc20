"""Where a function stands between a change and its being ready: State, LastUpdateStatus, RevisionId.

On AWS the call that changes a function returns before the change is done: `Pending` after CreateFunction,
`InProgress` after an update, for about a second. Meanwhile a new function cannot be invoked, an updated one runs what
it ran before, and neither takes another change. The RevisionId moves twice: with the call, and when it is done.
https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html

In the lab a change takes `pace.deployment_seconds` of the lab's clock: 0 unless a cell says otherwise. So the answer to
the call says Pending, as on AWS, and the next call finds the function Active: a waiter returns at its first look.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from .errors import error

if TYPE_CHECKING:
    from lambdalab.runtime import Function

    from .context import Context

_REASON, _CODE = "The function is being created.", "Creating"  # AWS gives this reason for updates too


@dataclass(frozen=True)
class Deployment:
    """The last change to a version of a function: its creation or an update."""

    kind: Literal["creation", "update"]
    ready_at: float
    """On the lab's clock."""
    before: Function | None = None
    """What runs until then: None while it is created."""
    id: str = ""
    """Tells what runs apart from what ran before: execution environments are not shared between deployments."""
    revision_meanwhile: str = ""
    revision: str = ""

    def under_way(self, now: float) -> bool:
        """Whether it is still Pending or InProgress."""
        return now < self.ready_at

    def fields(self, under_way: bool) -> dict[str, str]:
        """The members of a configuration that tell of it."""
        if not under_way:
            return {"State": "Active", "LastUpdateStatus": "Successful", "RevisionId": self.revision}
        if self.kind == "creation":
            told = {"State": "Pending", "StateReason": _REASON, "StateReasonCode": _CODE}
        else:
            told = {
                "State": "Active",
                "LastUpdateStatus": "InProgress",
                "LastUpdateStatusReason": _REASON,
                "LastUpdateStatusReasonCode": _CODE,
            }
        return {**told, "RevisionId": self.revision_meanwhile}


def deploy(context: Context, stored: Any, kind: Literal["creation", "update"], before: Function | None = None) -> None:
    """Begin a change to a function: it has been made in moto's state, and shows from now on."""
    now = context.clock.time()
    stored.deployment = Deployment(
        kind, now + context.pace.deployment_seconds, before, id=_new(), revision_meanwhile=_new(), revision=_new()
    )
    stored.last_modified = timestamp(now)


def touch(stored: Any) -> None:
    """Something changed that needs no deployment (tags): a new revision."""
    stored.deployment = replace(stored.deployment, revision=_new())


def as_published(stored: Any) -> Deployment:
    """The deployment of a version: it runs what $LATEST runs, under a revision of its own."""
    deployment: Deployment = stored.deployment
    return replace(deployment, kind="creation", revision_meanwhile=_new(), revision=_new())


def refuse_if_changing(context: Context, stored: Any) -> None:
    """One change at a time."""
    deployment: Deployment = stored.deployment
    if not deployment.under_way(context.clock.time()):
        return
    if deployment.kind == "creation":
        raise _conflict("The function is currently in the following state: Pending")
    raise _conflict(f"An update is in progress for resource: {stored.function_arn}")


def refuse_if_pending(context: Context, stored: Any) -> None:
    """A function that is being created cannot be invoked."""
    deployment: Deployment = stored.deployment
    if deployment.kind == "creation" and deployment.under_way(context.clock.time()):
        raise _conflict("The function is currently in the following state: Pending")


def expect_revision(wanted: str | None, revision: str) -> None:
    """The precondition that callers set with RevisionId."""
    if wanted and wanted != revision:
        raise error(
            "PreconditionFailedException",
            "The Revision Id provided does not match the latest Revision Id. "
            "Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
            412,
        )


def revision_id(context: Context, stored: Any) -> str:
    """The function's RevisionId now."""
    deployment: Deployment = stored.deployment
    return deployment.fields(deployment.under_way(context.clock.time()))["RevisionId"]


def timestamp(now: float) -> str:
    """LastModified as Lambda writes it: 2026-11-23T09:00:00.000+0000."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _conflict(what: str) -> Exception:
    return error("ResourceConflictException", f"The operation cannot be performed at this time. {what}", 409)


def _new() -> str:
    return str(uuid.uuid4())
