"""What the lab decides where AWS leaves it to chance or to time."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

SEED = 2015
"""Lambda's API is of 2015. Any number would do, as long as it stays: a notebook's outputs depend on it."""


@dataclass
class SimulatedLatency:
    """`lab.pace`. A lab begins with the same, and `lab.reset()` goes back to it."""

    deployment_seconds: float = 0.0
    """How long a change to a function takes, on the lab's clock: Pending after creation, InProgress after an update."""
    random: random.Random = field(default_factory=lambda: random.Random(SEED))
    """The dice that weighted aliases throw. `lab.pace.random.seed(7)` gives another course of events."""

    def reset(self) -> None:
        """As at the start of a lab."""
        self.deployment_seconds = 0.0
        self.random.seed(SEED)
