"""When a schedule is due: rate(…), cron(…) and at(…), as EventBridge and EventBridge Scheduler write them.

    rate(5 minutes)              every five minutes, counted from its creation; in Scheduler, at its creation as well
    cron(0 9 ? * MON-FRI *)      minute, hour, day of month, month, day of week, year
    at(2026-12-24T18:00:00)      once; Scheduler only

AWS's cron has six fields, counts the days of the week from 1 = Sunday, and has `?` (any), `L` (the last day, or the
last Thursday: `5L`), `W` (the weekday nearest to a day) and `#` (the third Friday: `6#3`). Libraries for cron have five
fields, or other ones, and none of them has `W`; so this module parses the fields itself and goes through the calendar
day by day, which is fast enough: a schedule computes one time, its next.

Rules are in UTC. Scheduler has time zones: when clocks go forward, a time that does not exist on that day is skipped;
when they go back, the time that comes twice counts once.

Pure functions. Sources:
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST_YEAR, LAST_YEAR = 1970, 2199
_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}
_MONTHS = dict(
    zip(("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"), range(1, 13), strict=True)
)
_DAYS = dict(zip(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), range(1, 8), strict=True))


class InvalidSchedule(ValueError):
    """Not a schedule expression. The error message is each service's own."""


class Schedule(Protocol):
    """A parsed schedule expression."""

    def next(self, after: float, start: float) -> float | None:
        """When it is due next, later than `after`; None if it never is again. `start` is when it began to count."""


@dataclass(frozen=True)
class Rate:
    """Every so many seconds."""

    seconds: int
    at_start: bool = False
    """Whether it is due at once, as in Scheduler, or after a first interval."""

    def next(self, after: float, start: float) -> float | None:
        """Intervals count from `start`."""
        if after < start:
            return start if self.at_start else start + self.seconds
        return start + (int((after - start) // self.seconds) + 1) * self.seconds


@dataclass(frozen=True)
class Once:
    """At one local time."""

    when: datetime
    zone: tzinfo = UTC

    def next(self, after: float, start: float) -> float | None:
        """It is due once."""
        when = self.when.replace(tzinfo=self.zone).timestamp()
        return when if when > after else None


@dataclass(frozen=True)
class Cron:
    """Minutes of days."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: _Days
    zone: tzinfo = UTC

    def next(self, after: float, start: float) -> float | None:
        """The first of its minutes later than `after`."""
        moment = datetime.fromtimestamp(after, self.zone)
        for day in self.days.beginning_with(moment.replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)):
            for hour in self.hours:
                for minute in self.minutes:
                    found = self._at(day.replace(hour=hour, minute=minute))
                    if found is not None and found > after:
                        return found
        return None

    def _at(self, wall: datetime) -> float | None:
        """None if clocks skip this time."""
        when = wall.replace(tzinfo=self.zone).timestamp()
        back = datetime.fromtimestamp(when, self.zone).replace(tzinfo=None)
        return when if back == wall else None


@dataclass(frozen=True)
class _Days:
    """The days that a cron expression names."""

    of_month: tuple[int, ...] | None
    """None: any. Negative numbers count from the end: -1 is the last."""
    nearest: int | None
    """The weekday nearest to this day; 0: the last weekday."""
    months: frozenset[int]
    of_week: frozenset[int] | None
    """1 is Sunday."""
    nth: tuple[int, int] | None
    """(day of the week, which one of the month; -1 is the last)."""
    years: frozenset[int]

    def beginning_with(self, first: datetime) -> Iterator[datetime]:
        year, month = first.year, first.month
        while year <= LAST_YEAR:
            if year in self.years and month in self.months:
                for number in self._in_month(year, month):
                    day = datetime(year, month, number)
                    if day >= first:
                        yield day
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)

    def _in_month(self, year: int, month: int) -> list[int]:
        length = calendar.monthrange(year, month)[1]
        if self.nearest is not None:
            return self._weekday(year, month, length)
        if self.of_month is not None:
            wanted = {length + 1 + number if number < 0 else number for number in self.of_month}
            return sorted(number for number in wanted if 1 <= number <= length)
        if self.nth is not None:
            day, which = self.nth
            found = [number for number in range(1, length + 1) if _day_of_week(year, month, number) == day]
            return found[which - 1 : which] if which > 0 else found[-1:]
        return [
            number
            for number in range(1, length + 1)
            if self.of_week is None or _day_of_week(year, month, number) in self.of_week
        ]

    def _weekday(self, year: int, month: int, length: int) -> list[int]:
        """A Saturday's nearest weekday is the Friday before, a Sunday's the Monday after, but in the same month."""
        number = self.nearest or length
        if number > length:
            return []
        day = _day_of_week(year, month, number)
        if day == 7:
            number += -1 if number > 1 else 2
        elif day == 1:
            number += 1 if number < length else -2
        return [number]


def _day_of_week(year: int, month: int, day: int) -> int:
    return (calendar.weekday(year, month, day) + 1) % 7 + 1


def of_rule(expression: str) -> Schedule:
    """The schedule of a rule: rate or cron, in UTC. InvalidSchedule."""
    if expression.startswith("rate(") and expression.endswith(")"):
        return _rate(expression[5:-1], strict=True)
    if expression.startswith("cron(") and expression.endswith(")"):
        return _cron(expression[5:-1], UTC)
    raise InvalidSchedule(expression)


def of_scheduler(expression: str, zone: tzinfo = UTC) -> Schedule:
    """The schedule of EventBridge Scheduler: rate, cron or at. InvalidSchedule."""
    if not expression.endswith(")"):
        raise InvalidSchedule(expression)
    if expression.startswith("rate("):
        return _rate(expression[5:-1], strict=False)
    if expression.startswith("cron("):
        return _cron(expression[5:-1], zone)
    if expression.startswith("at("):
        try:
            return Once(datetime.strptime(expression[3:-1], "%Y-%m-%dT%H:%M:%S"), zone)
        except ValueError as error:
            raise InvalidSchedule(expression) from error
    raise InvalidSchedule(expression)


def _rate(text: str, *, strict: bool) -> Rate:
    """`strict`: "1 minute", but "2 minutes", as rules require."""
    found = re.fullmatch(r"([0-9]{1,9}) (minute|hour|day)(s?)", text.strip())
    if not found or int(found[1]) == 0 or (strict and (found[1] == "1") == bool(found[3])):
        raise InvalidSchedule(f"rate({text})")
    return Rate(int(found[1]) * _SECONDS[found[2]], at_start=not strict)


def _cron(text: str, zone: tzinfo) -> Cron:
    fields = text.upper().split()
    if len(fields) != 6:
        raise InvalidSchedule(f"cron({text})")
    minute, hour, day, month, week, year = fields
    if (day == "?") == (week == "?"):  # exactly one of the two is `?`
        raise InvalidSchedule(f"cron({text})")
    of_month, nearest = _days_of_month(day)
    of_week, nth = _days_of_week(week)
    return Cron(
        _numbers(minute, 0, 59),
        _numbers(hour, 0, 23),
        _Days(
            of_month,
            nearest,
            frozenset(_numbers(month, 1, 12, _MONTHS)),
            of_week,
            nth,
            frozenset(_numbers(year, FIRST_YEAR, LAST_YEAR)),
        ),
        zone,
    )


def _days_of_month(text: str) -> tuple[tuple[int, ...] | None, int | None]:
    if text in ("?", "*"):
        return None, None
    if text == "LW":
        return None, 0
    if found := re.fullmatch(r"([0-9]{1,2})W", text):
        return None, _within(int(found[1]), 1, 31)
    if found := re.fullmatch(r"L(?:-([0-9]{1,2}))?", text):
        return (-1 - _within(int(found[1] or 0), 0, 30),), None
    return _numbers(text, 1, 31), None


def _days_of_week(text: str) -> tuple[frozenset[int] | None, tuple[int, int] | None]:
    if text in ("?", "*"):
        return None, None
    if text == "L":
        return frozenset({7}), None
    if found := re.fullmatch(r"(\w+)#([1-5])", text):
        return None, (_number(found[1], 1, 7, _DAYS), int(found[2]))
    if found := re.fullmatch(r"(\w+)L", text):
        return None, (_number(found[1], 1, 7, _DAYS), -1)
    return frozenset(_numbers(text, 1, 7, _DAYS)), None


def _numbers(text: str, first: int, last: int, names: dict[str, int] | None = None) -> tuple[int, ...]:
    """Of `*`, `1,5`, `1-5`, `*/15`, `10/15`, `10-40/15`, in order. A range may go over the end: FRI-MON."""
    found: set[int] = set()
    for part in text.split(","):
        body, slash, step_text = part.partition("/")
        step = _within(int(step_text), 1, last) if slash and step_text.isdecimal() else 0 if slash else 1
        if not step:
            raise InvalidSchedule(text)
        low_text, dash, high_text = body.partition("-")
        if body == "*":
            low, high = first, last
        else:
            low = _number(low_text, first, last, names)
            high = _number(high_text, first, last, names) if dash else last if slash else low
        numbers = range(low, high + 1) if low <= high else (*range(low, last + 1), *range(first, high + 1))
        found.update(numbers[::step])
    return tuple(sorted(found))


def _number(text: str, first: int, last: int, names: dict[str, int] | None = None) -> int:
    if names and text in names:
        return names[text]
    if not text.isdecimal() or len(text) > 4:
        raise InvalidSchedule(text)
    return _within(int(text), first, last)


def _within(number: int, first: int, last: int) -> int:
    if not first <= number <= last:
        raise InvalidSchedule(str(number))
    return number
