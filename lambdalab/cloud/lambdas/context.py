"""What the modules of this package share: the engine that runs functions, the lab's clock, the queue of events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .pace import Pace

if TYPE_CHECKING:
    from lambdalab.clock import Clock
    from lambdalab.runtime import Engine
    from lambdalab.triggers.asynchronous import AsynchronousInvocations


@dataclass(frozen=True)
class Context:
    """Handed to each module's `seams()`."""

    engine: Engine
    clock: Clock
    queue: AsynchronousInvocations
    pace: Pace = field(default_factory=Pace)
