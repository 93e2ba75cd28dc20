"""Every change to moto's EventBridge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import archives, backend, operations, patterns, rules
from .buses import Buses
from .deliveries import Deliveries
from .replays import Replays
from .targets import Targets

if TYPE_CHECKING:
    from lambdalab.moto_patches import Change
    from lambdalab.services.parts import LabParts

_NO_SCHEDULES = "moto's schedules never fire"


def patches(lab: LabParts) -> tuple[Change, ...]:
    """Everything that moto's EventBridge does by itself, or does not do."""
    deliveries = Deliveries(lab.clock, Targets(lab))
    buses = Buses(lab.clock, deliveries)
    lab.service_events.accept = buses.accept
    scheduled = rules.Rules(deliveries, lab.schedule_timers)
    replays = Replays(lab.clock, buses)
    return (
        # Events
        backend.replace("EventsBackend.put_events", ("self", "events"), buses.put_events, "moto delivers too little"),
        backend.replace(
            "EventPatternParser.parse",
            ("self",),
            lambda original: patterns.parsed,
            "moto takes most texts for a pattern, and has words of its own for the others",
        ),
        backend.replace(
            "EventPattern.matches_event",
            ("self", "event"),
            lambda original: patterns.matches_event,
            "moto compares arrays and numbers differently",
        ),
        backend.replace(
            "EventsHandler.test_event_pattern",
            ("self",),
            lambda original: operations.test_event_pattern,
            "moto answers nothing",
        ),
        backend.add("UpdateEventBus", operations.update_event_bus),
        backend.replace(
            "EventsBackend.delete_event_bus",
            ("self", "name"),
            operations.event_bus_deleted,
            "moto deletes a bus that still has rules",
        ),
        # Rules
        backend.replace(
            "EventsBackend.put_rule",
            (
                "self",
                "name",
                "description",
                "event_bus_arn",
                "event_pattern",
                "role_arn",
                "scheduled_expression",
                "state",
                "managed_by",
                "tags",
            ),
            scheduled.put,
            "moto's schedules never fire, and it takes most texts for one",
        ),
        backend.replace("Rule.enable", ("self",), scheduled.enabled, _NO_SCHEDULES),
        backend.replace("Rule.disable", ("self",), scheduled.disabled, _NO_SCHEDULES),
        backend.replace(
            "EventsBackend.delete_rule", ("self", "name", "event_bus_arn"), scheduled.deleted, _NO_SCHEDULES
        ),
        backend.replace(
            "EventsBackend.put_targets",
            ("self", "name", "event_bus_arn", "targets"),
            rules.targets_put,
            "moto takes every target",
        ),
        backend.no_events_of_buckets(),
        # Archives and replays
        backend.replace(
            "Archive.describe_short",
            ("self",),
            lambda original: archives.described(lab.clock, original),
            "moto gives the size of a list in memory",
        ),
        backend.replace(
            "Replay.replay_events",
            ("self", "archive"),
            replays.started,
            "moto replays to all rules, while StartReplay waits",
        ),
        backend.replace(
            "Replay.describe_short",
            ("self",),
            replays.described,
            "moto does not say how far a replay has got",
        ),
        backend.replace(
            "EventsBackend.cancel_replay",
            ("self", "name"),
            lambda original: replays.cancel,
            "moto cancels replays that have ended",
        ),
    )
