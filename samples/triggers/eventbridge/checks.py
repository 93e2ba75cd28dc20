"""The exercises of "EventBridge". Each check tries what was made: a pattern, a schedule, a template."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import boto3
from lambdalab.exercises import Exercise, NotYet
from lambdalab.services.events.input_transformer import About, NotJson, input_for
from lambdalab.event_patterns.matching import matches
from lambdalab.services.events.schedule_expressions import of_scheduler

SOLUTIONS = Path(__file__).parent / "solutions"


# 1. The right returns


def a_return(source="shop.returns", **detail):
    known = {"country": "DE", "value": 120} | detail
    return {"source": source, "detail-type": "returned", "resources": [], "detail": known}


RETURNS = [
    ("a return from Germany, worth 120", a_return(), True),
    ("one from France, worth 120", a_return(country="FR"), True),
    ("one from Italy", a_return(country="IT"), False),
    ("one that is worth 50", a_return(value=50), True),
    ("one that is worth 49.99", a_return(value=49.99), False),
    ("one that is worth 500", a_return(value=500), False),
    ("one that is worth 499.99", a_return(value=499.99), True),
    ("a test, worth 120", a_return(test=True), False),
    ("an order of shop.checkout", a_return(source="shop.checkout"), False),
]


def examine_returns():
    events = boto3.client("events")
    try:
        pattern = events.describe_rule(Name="returns", EventBusName="shop")["EventPattern"]
    except events.exceptions.ResourceNotFoundException:
        raise NotYet("There is no rule called returns on the bus shop: EventBridge has refused the pattern.") from None
    for what, event, wanted in RETURNS:
        if matches(pattern, event) != wanted:
            here = json.dumps(event["detail"])
            if wanted:
                raise NotYet(f"The clerk does not see {what}: {here}. Which line of the pattern keeps it out?")
            raise NotYet(f"The clerk sees {what}: {here}. Which line should keep it out?")
    return "The clerk sees the returns that are meant, and no others."


# 2. The report at half past eight

BERLIN = ZoneInfo("Europe/Berlin")
MONDAYS = [datetime(2027, 1, 11, tzinfo=BERLIN), datetime(2027, 7, 12, tzinfo=BERLIN)]


def times(schedule, monday):
    """When it would run in the week that begins there, on Berlin's clocks."""
    zone = ZoneInfo(schedule.get("ScheduleExpressionTimezone") or "UTC")
    runs = of_scheduler(schedule["ScheduleExpression"], zone)
    found, after = [], monday.timestamp() - 1
    while len(found) < 20:
        due = runs.next(after, monday.timestamp())
        if due is None or due >= monday.timestamp() + 7 * 86400:
            break
        found.append(datetime.fromtimestamp(due, BERLIN))
        after = due
    return found


def examine_report():
    scheduler = boto3.client("scheduler")
    try:
        schedule = scheduler.get_schedule(Name="report")
    except scheduler.exceptions.ResourceNotFoundException:
        raise NotYet("There is no schedule called report. Run the cell above.") from None
    for monday in MONDAYS:
        wanted = [(monday + timedelta(days=day)).replace(hour=8, minute=30) for day in range(5)]
        found = times(schedule, monday)
        if found == wanted:
            continue
        said = ", ".join(f"{each:%a %H:%M}" for each in found[:8]) or "never"
        days = [f"{each:%a}" for each in found]
        if [each.time() for each in found] == [each.time() for each in wanted]:
            raise NotYet(f"The time is right, and the days are {', '.join(days)}. What is the 1 of AWS's week?")
        if days == ["Mon", "Tue", "Wed", "Thu", "Fri"]:
            raise NotYet(f"In {monday:%B} it would run at {found[0]:%H:%M} in Berlin. Whose clock does it look at?")
        raise NotYet(f"In a week of {monday:%B} it would run, on Berlin's clocks: {said}.")
    return "Half past eight in Berlin, from Monday to Friday, in January and in July."


# 3. A note for the warehouse


def an_order(**detail):
    known = {"customer": "Ada", "total": 120, "items": ["lamp", "desk"]} | detail
    return {"source": "shop.checkout", "detail-type": "order placed", "resources": [], "detail": known}


NOTES = [
    (an_order(), {"text": "Ada: 120", "items": ["lamp", "desk"], "first": "lamp"}),
    (an_order(customer="Grace", total=9.5, items=[42]), {"text": "Grace: 9.5", "items": [42], "first": "42"}),
]


def examine_note():
    events = boto3.client("events")
    try:
        targets = events.list_targets_by_rule(Rule="notes", EventBusName="shop")["Targets"]
    except events.exceptions.ResourceNotFoundException:
        targets = []
    if not targets:
        raise NotYet("The rule notes has no target: EventBridge has refused it, or the cell above has not run.")
    for event, wanted in NOTES:
        here = f"Of the order {json.dumps(event['detail'])}"
        try:
            text = input_for(targets[0], event, About("arn", "notes", "2026-11-23T09:00:00Z"))
        except NotJson:
            raise NotYet(f"{here} the template makes no JSON. Which text has no quotes around it?") from None
        got = json.loads(text)
        if got == wanted:
            continue
        for name, value in wanted.items():
            found = got.get(name) if isinstance(got, dict) else None
            if found != value or type(found) is not type(value):
                shown = json.dumps(found, ensure_ascii=False)
                raise NotYet(f"{here} {name} becomes {shown}, and should be {json.dumps(value)}.")
        raise NotYet(f"{here} it makes {text}, which has more in it than the three.")
    return "A text, a list and a string, whatever the customer buys."


EXERCISES = {
    "returns": Exercise(
        examine_returns,
        (
            "Each value stands in a list, and a list may have several: either is enough.",
            'One numeric test may have two limits: {"numeric": [">=", 1, "<", 2]}.',
            'What is not there cannot be anything-but. {"exists": false} is true of a field that is not there.',
        ),
        SOLUTIONS / "returns.cell",
    ),
    "report": Exercise(
        examine_report,
        (
            "AWS's week begins on Sunday: 1 is SUN. Names are safer than numbers.",
            "8:30 in Berlin is 7:30 UTC in winter and 6:30 in summer. A schedule can have a time zone.",
        ),
        SOLUTIONS / "report.cell",
    ),
    "note": Exercise(
        examine_note,
        (
            "Paths begin at the event: the order is in its detail.",
            "A text is in quotes, with its variables inside. A list that is to stay one has no quotes around it.",
            "The first of a list is $.detail.items[0]. Between quotes, a number becomes text.",
        ),
        SOLUTIONS / "note.cell",
    ),
}
