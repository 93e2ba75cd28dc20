"""Where a function stands between a change and its being ready: State, LastUpdateStatus, RevisionId.

On AWS the call that changes a function returns before the change is done: `Pending` after CreateFunction,
`InProgress` after an update, for about a second. Meanwhile a new function cannot be invoked, an updated one runs what
it ran before, and neither takes another change. The RevisionId moves twice: with the call, and when it is done.
https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html

In the lab a change takes `pace.deployment_seconds` of the lab's clock: 0 unless a cell says otherwise. So the answer to
the call says Pending, as on AWS, and the next call finds the function Active: a waiter returns at its first look.

A version with SnapStart is Pending until its snapshot has been taken, which takes as long as Init does; who looks at it
meanwhile waits for that (half a minute at most). On AWS it takes some minutes, and nobody waits: a call on a version
that is Pending is refused. If Init fails the version is Failed, for good.
https://docs.aws.amazon.com/lambda/latest/dg/snapstart-activate.html
Known of a failed version: State, StateReasonCode and the end of the message that an alias meets. Not known: its
StateReason (here, what AWS's page on troubleshooting says), and what Invoke answers (here, as while it is Pending).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from lambdalab.delivery.invocation import NotReady
from lambdalab.services.lambda_.api.errors import error

if TYPE_CHECKING:
    from lambdalab.runtime import Function
    from lambdalab.runtime.engine import Snapshotting
    from lambdalab.services.parts import LabParts

_REASON, _CODE = "The function is being created.", "Creating"  # AWS gives this reason for updates too
_FAILED = (
    "AWS Lambda could not invoke your SnapStart function. If this error persists, check your function's CloudWatch "
    "logs for initialization errors."
)
_FAILED_CODE = "FunctionError"
_NOT_NOW = "The operation cannot be performed at this time."
_PATIENCE_S = 30.0
"""How long a call waits for a snapshot. An SDK waits a minute."""


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
    snapshotting: Snapshotting | None = None
    """The snapshot of a version with SnapStart."""

    def under_way(self, now: float) -> bool:
        """Whether it is still Pending or InProgress."""
        return now < self.ready_at or (self.snapshotting is not None and not self.snapshotting.wait(_PATIENCE_S))

    @property
    def failed(self) -> bool:
        """Whether there is no snapshot, and never will be."""
        return self.snapshotting is not None and self.snapshotting.error_type is not None

    def fields(self, under_way: bool) -> dict[str, str]:
        """The members of a configuration that tell of it."""
        if not under_way and self.failed:
            return {
                "State": "Failed",
                "StateReason": _FAILED,
                "StateReasonCode": _FAILED_CODE,
                "LastUpdateStatus": "Failed",
                "LastUpdateStatusReason": _FAILED,
                "LastUpdateStatusReasonCode": _FAILED_CODE,
                "RevisionId": self.revision,
            }
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


def deploy(lab: LabParts, stored: Any, kind: Literal["creation", "update"], before: Function | None = None) -> None:
    """Begin a change to a function: it has been made in moto's state, and shows from now on."""
    now = lab.clock.time()
    stored.deployment = Deployment(
        kind, now + lab.pace.deployment_seconds, before, id=_new(), revision_meanwhile=_new(), revision=_new()
    )
    stored.last_modified = timestamp(now)


def touch(stored: Any) -> None:
    """Something changed that needs no deployment (tags): a new revision."""
    stored.deployment = replace(stored.deployment, revision=_new())


def as_published(stored: Any) -> Deployment:
    """The deployment of a version: it runs what $LATEST runs, under a revision of its own."""
    deployment: Deployment = stored.deployment
    return replace(deployment, kind="creation", revision_meanwhile=_new(), revision=_new())


def take_snapshot(lab: LabParts, version: Any, function: Function) -> None:
    """A version with SnapStart has been published: it is Pending until Init has run."""
    ready_at = lab.clock.time() + lab.pace.deployment_seconds
    snapshotting = lab.engine.snapshot(function)
    version.deployment = replace(version.deployment, ready_at=ready_at, before=None, snapshotting=snapshotting)


def refuse_if_changing(lab: LabParts, stored: Any) -> None:
    """One change at a time."""
    deployment: Deployment = stored.deployment
    if not deployment.under_way(lab.clock.time()):
        return
    if deployment.kind == "creation":
        raise _conflict("The function is currently in the following state: Pending")
    raise _conflict(f"An update is in progress for resource: {stored.function_arn}")


def refuse_if_not_ready(stored: Any, now: float) -> None:
    """NotReady: a function that is being created cannot be invoked, nor one of which there is no snapshot."""
    deployment: Deployment = stored.deployment
    if deployment.kind == "creation" and deployment.under_way(now):
        raise NotReady(f"{_NOT_NOW} The function is currently in the following state: Pending")
    refuse_failed(stored)


def refuse_failed(stored: Any) -> None:
    """NotReady: a version with SnapStart whose Init failed cannot be invoked."""
    deployment: Deployment = stored.deployment
    if deployment.snapshotting is not None and deployment.snapshotting.wait(_PATIENCE_S) and deployment.failed:
        raise NotReady(
            f"{_NOT_NOW} The function is currently in the following state: 'Failed', StateReasonCode: '{_FAILED_CODE}'"
        )


def expect_revision(wanted: str | None, revision: str) -> None:
    """The precondition that callers set with RevisionId."""
    if wanted and wanted != revision:
        raise error(
            "PreconditionFailedException",
            "The Revision Id provided does not match the latest Revision Id. "
            "Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
            412,
        )


def revision_id(lab: LabParts, stored: Any) -> str:
    """The function's RevisionId now."""
    deployment: Deployment = stored.deployment
    return deployment.fields(deployment.under_way(lab.clock.time()))["RevisionId"]


def timestamp(now: float) -> str:
    """LastModified as Lambda writes it: 2026-11-23T09:00:00.000+0000."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _conflict(what: str) -> Exception:
    return error("ResourceConflictException", f"{_NOT_NOW} {what}", 409)


def _new() -> str:
    return str(uuid.uuid4())
