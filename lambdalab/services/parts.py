"""What of the lab the rooms use."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lambdalab.endpoint.fetch import Web
from lambdalab.endpoint.public_endpoints import PublicEndpoints
from lambdalab.services.events.schedule_timers import ScheduleTimers
from lambdalab.services.events.service_events import ServiceEvents

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.authorization import Enforcement
    from lambdalab.clock import Clock
    from lambdalab.delivery.asynchronous import AsynchronousInvocations, Functions
    from lambdalab.delivery.integration_timeout import IntegrationTimeout
    from lambdalab.delivery.polled import Pollers
    from lambdalab.delivery.service_invocation import ServiceInvocation
    from lambdalab.moto_patches import Change
    from lambdalab.rooms import Room
    from lambdalab.runtime import Engine
    from lambdalab.services.lambda_.simulated_latency import SimulatedLatency


@dataclass(frozen=True)
class LabParts:
    """Handed to each room when it is opened."""

    engine: Engine
    clock: Clock
    queue: AsynchronousInvocations
    pollers: Pollers
    service_invocation: ServiceInvocation
    functions: Functions
    enforcement: Enforcement
    pace: SimulatedLatency
    integration_timeout: IntegrationTimeout
    """How long services wait for functions."""
    drain: Callable[[], object] = lambda: None
    """In the page: do what API calls have set off."""
    public_endpoints: PublicEndpoints = field(default_factory=PublicEndpoints)
    """Function URLs and APIs."""
    web: Web = field(init=False)
    """What services find when they fetch a document."""
    service_events: ServiceEvents = field(default_factory=ServiceEvents)
    """Events of AWS services, on EventBridge's default bus."""
    schedule_timers: ScheduleTimers = field(init=False)
    """Schedules of rules and of EventBridge Scheduler."""
    open_rooms: set[Room] = field(default_factory=set)
    changes: dict[Room, tuple[Change, ...]] = field(default_factory=dict)
    """What each room changes in moto, as far as it was asked."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "schedule_timers", ScheduleTimers(self.clock))
        object.__setattr__(self, "web", Web(self.public_endpoints, self.enforcement))
