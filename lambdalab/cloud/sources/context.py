"""What the modules of this package share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lambdalab.cloud.doors import Apis
from lambdalab.cloud.web import Web

from .patience import Patience
from .service_events import ServiceEvents

if TYPE_CHECKING:
    from lambdalab.clock import Clock
    from lambdalab.cloud.lambdas.pace import Pace
    from lambdalab.cloud.permissions import Gate
    from lambdalab.triggers.asynchronous import Functions
    from lambdalab.triggers.polled import Pollers

    from .delivery import Delivery


@dataclass(frozen=True)
class Sources:
    """Handed to each module's `seams()`."""

    delivery: Delivery
    clock: Clock
    gate: Gate
    functions: Functions
    pollers: Pollers
    pace: Pace
    apis: Apis = field(default_factory=Apis)
    """What is reached through the front door."""
    patience: Patience = field(default_factory=Patience)
    """How long services wait for functions."""
    web: Web = field(default_factory=Web)
    """What services find when they fetch a document."""
    service_events: ServiceEvents = field(default_factory=ServiceEvents)
    """What services say on EventBridge's default bus."""
