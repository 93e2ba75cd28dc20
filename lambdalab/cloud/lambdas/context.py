"""What the modules of this package share: the engine that runs functions, and the lab's clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lambdalab.clock import Clock
    from lambdalab.runtime import Engine


@dataclass(frozen=True)
class Context:
    """Handed to each module's `seams()`."""

    engine: Engine
    clock: Clock
