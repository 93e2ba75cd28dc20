"""What the modules of this package share: the engine, the lab's clock, the queue of events, who may do what."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .pace import Pace

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.clock import Clock
    from lambdalab.cloud.permissions import Gate
    from lambdalab.runtime import Engine
    from lambdalab.triggers.asynchronous import AsynchronousInvocations


@dataclass(frozen=True)
class Context:
    """Handed to each module's `seams()`."""

    engine: Engine
    clock: Clock
    queue: AsynchronousInvocations
    gate: Gate
    pace: Pace = field(default_factory=Pace)
    drain: Callable[[], object] = lambda: None
    """In the page: do what API calls have set off."""
