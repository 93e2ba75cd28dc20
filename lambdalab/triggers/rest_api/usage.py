"""How much is let through: requests a second (a token bucket), and a usage plan's quota for each day, week or month.

On the lab's clock: a quota that is used up is there again after `lab.clock.advance(days=1)`.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .definition import Limit


@dataclass(frozen=True)
class Quota:
    """So many requests in each period."""

    limit: int
    period: str
    """DAY, WEEK, MONTH."""
    offset: int = 0
    """Requests that are taken off the first period."""


@dataclass(frozen=True)
class Plan:
    """A usage plan, as far as it is about one stage."""

    id: str
    limit: Limit | None = None
    quota: Quota | None = None
    method_limits: dict[str, Limit] = field(default_factory=dict)
    """By method, as in `Stage.limits`."""


@dataclass(frozen=True)
class ApiKey:
    """A key that is known for a stage, and the plan by which it is."""

    id: str
    value: str
    plan: Plan


class Meters:
    """What was let through so far. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buckets: dict[object, tuple[float, float]] = {}
        self._used: dict[object, dict[str, int]] = {}

    def take(self, whose: object, limit: Limit, now: float) -> bool:
        """Whether one more request is let through now."""
        with self._lock:
            tokens, then = self._buckets.get(whose, (float(limit.burst), now))
            tokens = min(float(limit.burst), tokens + max(0.0, now - then) * limit.rate)
            allowed = tokens >= 1.0
            self._buckets[whose] = (tokens - 1.0 if allowed else tokens), now
            return allowed

    def count(self, whose: object, quota: Quota, now: float) -> bool:
        """Count one request against a quota; False if it is used up."""
        period = _period(quota.period, now)
        with self._lock:
            used = self._used.setdefault(whose, {})
            taken = used.get(period, 0)
            available = quota.limit - (quota.offset if not set(used) - {period} else 0)
            if taken >= available:
                used[period] = taken
                return False
            used[period] = taken + 1
            return True

    def used(self, whose: object) -> dict[str, int]:
        """Requests in each period, by its first day."""
        with self._lock:
            return dict(self._used.get(whose, {}))


def _period(name: str, now: float) -> str:
    """The first day of the period."""
    day = datetime.fromtimestamp(now, UTC).date()
    if name == "WEEK":
        day -= timedelta(days=(day.weekday() + 1) % 7)
    elif name == "MONTH":
        day = day.replace(day=1)
    return day.isoformat()
