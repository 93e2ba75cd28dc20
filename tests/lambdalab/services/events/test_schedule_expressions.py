"""When schedules are due."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule
from hypothesis import given
from hypothesis import strategies as st

from lambdalab.services.events.schedule_expressions import InvalidSchedule, of_rule, of_scheduler

MONDAY = datetime(2026, 11, 23, 9, 30, 20, tzinfo=UTC)


def times(expression: str, count: int = 3, *, zone: str | None = None, start: datetime = MONDAY) -> list[str]:
    """The next times, in the schedule's own time zone."""
    info = ZoneInfo(zone) if zone else UTC
    schedule = of_scheduler(expression, info) if zone or expression.startswith("at(") else of_rule(expression)
    found, after = [], start.timestamp()
    for _ in range(count):
        due = schedule.next(after, start.timestamp())
        if due is None:
            break
        found.append(f"{datetime.fromtimestamp(due, info):%a %Y-%m-%d %H:%M:%S}")
        after = due
    return found


@pytest.mark.source("EventBridge", "schedules: rate and cron")
@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("rate(1 minute)", ["Mon 2026-11-23 09:31:20", "Mon 2026-11-23 09:32:20"]),
        ("rate(2 hours)", ["Mon 2026-11-23 11:30:20", "Mon 2026-11-23 13:30:20"]),
        ("rate(7 days)", ["Mon 2026-11-30 09:30:20", "Mon 2026-12-07 09:30:20"]),
        # those of AWS's documentation
        ("cron(0 10 * * ? *)", ["Mon 2026-11-23 10:00:00", "Tue 2026-11-24 10:00:00"]),
        ("cron(15 12 * * ? *)", ["Mon 2026-11-23 12:15:00", "Tue 2026-11-24 12:15:00"]),
        ("cron(0 18 ? * MON-FRI *)", ["Mon 2026-11-23 18:00:00", "Tue 2026-11-24 18:00:00"]),
        ("cron(0 8 1 * ? *)", ["Tue 2026-12-01 08:00:00", "Fri 2027-01-01 08:00:00"]),
        ("cron(0/15 * * * ? *)", ["Mon 2026-11-23 09:45:00", "Mon 2026-11-23 10:00:00"]),
        ("cron(0/10 * ? * MON-FRI *)", ["Mon 2026-11-23 09:40:00", "Mon 2026-11-23 09:50:00"]),
        ("cron(0/5 8-17 ? * MON-FRI *)", ["Mon 2026-11-23 09:35:00", "Mon 2026-11-23 09:40:00"]),
        ("cron(0/30 20-2 ? * MON-FRI *)", ["Mon 2026-11-23 20:00:00", "Mon 2026-11-23 20:30:00"]),
        # the characters of its own
        ("cron(0 12 L * ? *)", ["Mon 2026-11-30 12:00:00", "Thu 2026-12-31 12:00:00"]),
        ("cron(0 12 L-2 * ? *)", ["Sat 2026-11-28 12:00:00", "Tue 2026-12-29 12:00:00"]),
        ("cron(0 12 LW * ? *)", ["Mon 2026-11-30 12:00:00", "Thu 2026-12-31 12:00:00"]),
        ("cron(0 12 28W * ? *)", ["Fri 2026-11-27 12:00:00", "Mon 2026-12-28 12:00:00"]),
        ("cron(0 12 1W 5,8 ? *)", ["Mon 2027-05-03 12:00:00", "Mon 2027-08-02 12:00:00"]),
        ("cron(0 12 31W * ? *)", ["Thu 2026-12-31 12:00:00", "Fri 2027-01-29 12:00:00"]),
        ("cron(0 12 ? * 6#4 *)", ["Fri 2026-11-27 12:00:00", "Fri 2026-12-25 12:00:00"]),
        ("cron(0 12 ? * 3#5 *)", ["Tue 2026-12-29 12:00:00", "Tue 2027-03-30 12:00:00"]),
        ("cron(0 12 ? * 5L *)", ["Thu 2026-11-26 12:00:00", "Thu 2026-12-31 12:00:00"]),
        ("cron(0 12 ? * L *)", ["Sat 2026-11-28 12:00:00", "Sat 2026-12-05 12:00:00"]),
        ("cron(0 12 ? * SUN *)", ["Sun 2026-11-29 12:00:00", "Sun 2026-12-06 12:00:00"]),
        ("cron(0 12 ? * 1 *)", ["Sun 2026-11-29 12:00:00", "Sun 2026-12-06 12:00:00"]),
        ("cron(0 12 ? * FRI-SUN *)", ["Fri 2026-11-27 12:00:00", "Sat 2026-11-28 12:00:00"]),
        ("cron(0 12 29 FEB ? *)", ["Tue 2028-02-29 12:00:00", "Sun 2032-02-29 12:00:00"]),
        ("cron(0 12 1 1 ? 2027,2030)", ["Fri 2027-01-01 12:00:00", "Tue 2030-01-01 12:00:00"]),
        ("cron(0 12 1 1 ? 2020)", []),
        ("cron(0 12 31 2 ? *)", []),
    ],
)
def test_when_rules_are_due(expression: str, expected: list[str]) -> None:
    assert times(expression, 2) == expected


@pytest.mark.source("EventBridge Scheduler", "at, rate and cron with time zones")
def test_a_time_zone_is_the_wall_s() -> None:
    assert times("cron(0 9 ? * * *)", 1, zone="Europe/Berlin") == ["Tue 2026-11-24 09:00:00"]
    assert times("at(2026-12-24T18:00:00)") == ["Thu 2026-12-24 18:00:00"]
    assert times("at(2026-01-01T00:00:00)") == []
    berlin = of_scheduler("at(2026-12-24T18:00:00)", ZoneInfo("Europe/Berlin")).next(0, 0)
    assert berlin == datetime(2026, 12, 24, 17, 0, tzinfo=UTC).timestamp()


@pytest.mark.source("EventBridge Scheduler", "daylight saving time")
def test_clocks_that_go_forward_skip_and_clocks_that_go_back_do_not_repeat() -> None:
    spring = datetime(2027, 3, 27, 12, tzinfo=UTC)
    assert times("cron(30 2 * * ? *)", 2, zone="Europe/Berlin", start=spring) == [
        "Mon 2027-03-29 02:30:00",
        "Tue 2027-03-30 02:30:00",
    ]
    autumn = datetime(2026, 10, 24, 12, tzinfo=UTC)
    assert times("cron(30 2 * * ? *)", 2, zone="Europe/Berlin", start=autumn) == [
        "Sun 2026-10-25 02:30:00",
        "Mon 2026-10-26 02:30:00",
    ]


@pytest.mark.parametrize(
    "expression",
    [
        *("", "rate", "rate()", "rate(0 minutes)", "rate(1 minutes)", "rate(5 minute)", "rate(5 seconds)"),
        *("rate(-1 minutes)", "rate(1.5 hours)", "rate(5 minutes) ", "at(2026-01-01T00:00:00)"),
        *("cron(* * * * *)", "cron(0 12 * * * *)", "cron(0 12 ? * ? *)", "cron(60 * * * ? *)", "cron(0 24 * * ? *)"),
        *("cron(0 12 0 * ? *)", "cron(0 12 32 * ? *)", "cron(0 12 ? 13 * *)", "cron(0 12 ? * 0 *)"),
        *("cron(0 12 ? * 8 *)", "cron(0 12 ? * MON#6 *)", "cron(0/0 * * * ? *)", "cron(x * * * ? *)"),
        *("cron(0 12 * * ? 1969)", "cron(0 12 * * ? 2200)", "cron(0 12 32W * ? *)", "cron(, * * * ? *)"),
    ],
)
def test_what_is_no_schedule(expression: str) -> None:
    with pytest.raises(InvalidSchedule):
        of_rule(expression)


def test_scheduler_does_not_mind_the_plural() -> None:
    assert of_scheduler("rate(1 hours)") == of_scheduler("rate(1 hour)")


@given(
    st.text()
    | st.text("0123456789*/,-?LW# ").map("cron({})".format)
    | st.text("0123456789 minutes").map("rate({})".format)
)
def test_no_text_is_too_strange(text: str) -> None:
    try:
        found = of_rule(text)
    except InvalidSchedule:
        return
    assert (found.next(MONDAY.timestamp(), 0) or MONDAY.timestamp() + 1) > MONDAY.timestamp()


minutes = st.sets(st.integers(0, 59), min_size=1, max_size=3)
hours = st.sets(st.integers(0, 23), min_size=1, max_size=3)
days = st.sets(st.integers(1, 28), min_size=1, max_size=3)
months = st.sets(st.integers(1, 12), min_size=1, max_size=3)
week = st.sets(st.integers(1, 7), min_size=1, max_size=3)


def _list(numbers: set[int]) -> str:
    return ",".join(map(str, numbers))


@given(minutes, hours, days, months, week, st.booleans())
def test_the_calendar_of_another_library_agrees(
    minutes: set[int], hours: set[int], days: set[int], months: set[int], week: set[int], by_week: bool
) -> None:
    day = f"? {_list(months)} {_list(week)}" if by_week else f"{_list(days)} {_list(months)} ?"
    schedule = of_rule(f"cron({_list(minutes)} {_list(hours)} {day} *)")
    other = rrule.rrule(
        rrule.DAILY,
        dtstart=MONDAY.replace(second=0) + timedelta(minutes=1),
        count=4,
        byminute=minutes,
        byhour=hours,
        bymonth=months,
        bysecond=0,
        **({"byweekday": [(number - 2) % 7 for number in week]} if by_week else {"bymonthday": days}),
    )
    found, after = [], MONDAY.timestamp()
    for _ in range(4):
        due = schedule.next(after, 0)
        assert due is not None
        found.append(datetime.fromtimestamp(due, UTC))
        after = due
    assert found == list(other)


@given(st.integers(1, 500), st.sampled_from(["minute", "hour", "day"]), st.floats(0, 1e7))
def test_a_rate_keeps_its_beat(count: int, unit: str, late: float) -> None:
    schedule = of_rule(f"rate({count} {unit}{'s' * (count > 1)})")
    start = MONDAY.timestamp()
    due = [schedule.next(start + late, start)]
    for _ in range(3):
        due.append(schedule.next(due[-1], start))
    size = count * {"minute": 60, "hour": 3600, "day": 86400}[unit]
    assert {later - earlier for earlier, later in pairwise(due)} == {size}
    assert (due[0] - start) % size == 0
