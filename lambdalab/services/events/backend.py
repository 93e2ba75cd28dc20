"""The door into moto's EventBridge: what is changed there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.events.models import events_backends

from . import archives, rules
from .buses import Buses
from .deliveries import Deliveries
from .targets import Targets

if TYPE_CHECKING:
    from lambdalab.moto_patches import Change
    from lambdalab.services.parts import LabParts


def patches(lab: LabParts) -> tuple[Change, ...]:
    """Everything that moto's EventBridge does by itself, or does not do."""
    targets = Targets(lab)
    deliveries = Deliveries(lab.clock, targets)
    buses = Buses(lab, deliveries)
    lab.service_events.receive, lab.service_events.accept = buses.receive, buses.accept
    return (
        *buses.patches(),
        *rules.patches(rules.Rules(lab.clock, deliveries, lab.schedule_timers)),
        *archives.patches(archives.Replays(lab.clock, buses)),
    )


def policy_of(region: str, account: str, bus: str) -> str | None:
    """The policy of an event bus."""
    found = events_backends[account][region].event_buses.get(bus)
    policy: str | None = found.policy if found else None
    return policy
