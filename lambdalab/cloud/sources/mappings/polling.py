"""The poller of a mapping: what of moto it reads, and with whose permissions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.cloud.sources import sqs
from lambdalab.cloud.sources.role import Role
from lambdalab.triggers.polled import QueuePoller

if TYPE_CHECKING:
    from lambdalab.cloud.sources.context import Sources

    from .stored import Stored


def start(sources: Sources, stored: Stored) -> None:
    """Begin to poll for a mapping."""
    role = Role(sources.gate, lambda: stored.function_arn)

    def report(result: str) -> None:
        stored.result = result

    name = f"{stored.source_arn.rpartition(':')[2]} → {stored.function_arn.split(':', 6)[6]}"
    poller = QueuePoller(
        uuid=stored.uuid,
        name=name,
        mapping=lambda: stored.mapping(sources.clock.time()),
        queue=sqs.RoleQueue(sources, stored.source_arn, role),
        functions=sources.functions,
        clock=sources.clock,
        pollers=sources.pollers,
        report=report,
    )
    sources.pollers.add(stored.uuid, stored.source_arn, poller)
    wake_when_ready(sources, stored)


def wake_when_ready(sources: Sources, stored: Stored) -> None:
    """A mapping was made or changed: it polls once the change is done."""
    if stored.under_way(sources.clock.time()):
        sources.clock.call_at(stored.until, lambda: sources.pollers.wake(stored.uuid))
    else:
        sources.pollers.wake(stored.uuid)
