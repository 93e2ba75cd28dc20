"""Reads the wiring out of an account.

A `Look` says which resources are read: in the lab all of them, in a real account those that the course created. A
resource that these credentials have no permission to read is noted in a sentence, and the rest is drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .reading import Reading
from .service_wiring import readers

if TYPE_CHECKING:
    from .model import Wiring
    from .scope import Aws, Look


def read(aws: Aws, look: Look) -> Wiring:
    """What is connected to what now."""
    reading = Reading(aws, look)
    for reader in readers():
        reader.read(reading)
    return reading.draft.wiring()
