"""Reads the wiring out of an account.

Which things are looked at is asked of a `Look`: in the lab all that there are, on a real account those that the course
made there. What may not be looked at is noted in a sentence, and the rest is drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .apis import http_apis, rest_apis
from .functions import functions, mappings
from .pushing import buckets, log_groups, queues, rules, schedules, topics
from .reading import Reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from .model import Wiring
    from .scope import Look


def read(aws: Callable[[str], Any], look: Look) -> Wiring:
    """What is wired to what now. `aws` gives the client of a service."""
    reading = Reading(aws, look)
    for part in (
        functions,
        rest_apis,
        http_apis,
        buckets,
        topics,
        rules,
        schedules,
        log_groups,
        mappings,
        queues,
    ):
        part(reading)
    return reading.draft.wiring()
