"""Throttling (a token bucket), and the quota of a usage plan for each day, week or month.

Both use the lab's clock: after `lab.clock.advance(days=1)` a daily quota is full again.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .definition import Limit


@dataclass(frozen=True)
class Quota:
    """The number of requests in each period."""

    limit: int
    period: str
    """DAY, WEEK, MONTH."""
    offset: int = 0
    """Subtracted from the limit in the first period."""


@dataclass(frozen=True)
class Plan:
    """A usage plan, as it applies to one stage."""

    id: str
    limit: Limit | None = None
    quota: Quota | None = None
    method_limits: dict[str, Limit] = field(default_factory=dict)
    """By method, as in `Stage.limits`."""


@dataclass(frozen=True)
class ApiKey:
    """An API key that is valid for a stage, and the usage plan that makes it so."""

    id: str
    value: str
    plan: Plan


class Meters:
    """Counts the requests that were let through. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buckets: dict[object, tuple[float, float]] = {}
        self._used: dict[object, dict[date, int]] = {}

    def take(self, whose: object, limit: Limit, now: float) -> bool:
        """Whether the limit allows one more request now."""
        with self._lock:
            tokens, then = self._buckets.get(whose, (float(limit.burst), now))
            tokens = min(float(limit.burst), tokens + max(0.0, now - then) * limit.rate)
            allowed = tokens >= 1.0
            self._buckets[whose] = (tokens - 1.0 if allowed else tokens), now
            return allowed

    def count(self, whose: object, quota: Quota, now: float) -> bool:
        """Count one request against a quota; False if it is used up."""
        today = datetime.fromtimestamp(now, UTC).date()
        with self._lock:
            used = self._used.setdefault(whose, {})
            if _taken(used, quota, today) >= quota.limit:
                return False
            used[today] = used.get(today, 0) + 1
            return True

    def used(self, whose: object, quota: Quota, days: Iterable[date]) -> list[tuple[int, int]]:
        """For each day, how many requests were counted, and how many were left at its end."""
        with self._lock:
            used = dict(self._used.get(whose, {}))
        return [(used.get(day, 0), max(0, quota.limit - _taken(used, quota, day))) for day in days]


def _taken(used: dict[date, int], quota: Quota, today: date) -> int:
    """How much of the quota is used in the period of this day; the very first period starts with the offset."""
    first = _beginning(quota.period, today)
    earlier = any(day < first for day in used)
    return sum(count for day, count in used.items() if first <= day <= today) + (0 if earlier else quota.offset)


def _beginning(period: str, day: date) -> date:
    """The first day of the period."""
    if period == "WEEK":
        return day - timedelta(days=(day.weekday() + 1) % 7)
    return day.replace(day=1) if period == "MONTH" else day
