"""Event buses: events come in, from PutEvents or from services of AWS, and meet the rules of their bus.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html

A bus that is not there swallows its events, as on AWS, where PutEvents succeeds.
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from lambdalab.event_patterns.matching import InvalidPattern, matches
from lambdalab.moto_patches import AddedOperation, Patch

from . import archives, payloads
from .deliveries import Delivery

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from lambdalab.moto_patches import Change
    from lambdalab.services.parts import LabParts

    from .deliveries import Deliveries

LARGEST_REQUEST = 1_048_576
"""Bytes of all entries. https://aws.amazon.com/blogs/compute/more-room-to-build-serverless-services-now-support-payloads-up-to-1-mb"""
DEEPEST_DETAIL = 1100


class Buses:
    """One for a lab. Safe to use from any thread."""

    def __init__(self, lab: LabParts, deliveries: Deliveries) -> None:
        self._clock = lab.clock
        self._deliveries = deliveries

    def patches(self) -> tuple[Change, ...]:
        """How events come in, and patterns are read."""
        models = "moto.events.models"
        return (
            Patch(
                models, "EventsBackend", "put_events", ("self", "events"), self._put_events, "moto delivers too little"
            ),
            Patch(
                models,
                "EventPatternParser",
                "parse",
                ("self",),
                lambda original: _parse,
                "moto takes most texts for a pattern, and has words of its own for the others",
            ),
            Patch(
                models,
                "EventPattern",
                "matches_event",
                ("self", "event"),
                lambda original: _matches_event,
                "moto compares arrays and numbers otherwise",
            ),
            Patch(
                "moto.events.responses",
                "EventsHandler",
                "test_event_pattern",
                ("self",),
                lambda original: _test_event_pattern,
                "moto answers nothing",
            ),
            AddedOperation(
                "UpdateEventBus", _update_event_bus, service="events", module="moto.events", owner="EventsHandler"
            ),
        )

    # Events ---------------------------------------------------------------------------------------------------

    def receive(self, event: dict[str, Any]) -> None:
        """An event of a service of AWS: for the default bus of its account and Region."""
        from moto.events.models import events_backends

        backend = events_backends[event["account"]][event["region"]]
        self.accept(backend, "default", event)

    def accept(
        self,
        backend: Any,
        name: str,
        event: dict[str, Any],
        *,
        visited: tuple[str, ...] = (),
        only: Collection[str] | None = None,
    ) -> None:
        """An event is on a bus: archives keep it, rules that match send it on.

        `visited` are the buses that it came through, to none of which it returns; `only` are the ARNs of the rules that
        a replay names.
        """
        bus = backend.event_buses.get(name)
        if bus is None or bus.arn in visited:
            return
        now = self._clock.time()
        archives.keep(backend, bus, event, now)
        for rule in list(bus.rules.values()):
            if only is not None and rule.arn not in only:
                continue
            if rule.managed_by or rule.state == "DISABLED" or not rule.event_pattern.dump():
                continue
            if matches(rule.event_pattern.dump(), event):
                for target in list(rule.targets):
                    self._deliveries.deliver(
                        Delivery(rule.arn, rule.name, dict(target), event, now, (*visited, bus.arn))
                    )

    def _put_events(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def put_events(backend: Any, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
            from moto.events.exceptions import ValidationException

            if len(events) > 10:
                raise ValidationException(
                    "1 validation error detected: Value '[PutEventsRequestEntry]' at 'entries' failed to satisfy "
                    "constraint: Member must have length less than or equal to 10"
                )
            if sum(map(_size, events)) >= LARGEST_REQUEST:
                raise ValidationException("Total size of the entries in the request is over the limit.")
            return [self._put_event(backend, entry) for entry in events]

        return put_events

    def _put_event(self, backend: Any, entry: Mapping[str, Any]) -> dict[str, Any]:
        for name in ("Source", "DetailType", "Detail"):
            if not entry.get(name):
                message = f"Parameter {name} is not valid. Reason: {name} is a required argument."
                return {"ErrorCode": "InvalidArgument", "ErrorMessage": message}
        if entry["Source"].startswith("aws."):
            return {
                "ErrorCode": "NotAuthorizedForSourceException",
                "ErrorMessage": "Not authorized for the source.",
            }
        detail = _detail(entry["Detail"])
        if detail is None:
            return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
        now = self._clock.time()
        event_id = str(uuid.uuid4())
        event = payloads.event(
            source=entry["Source"],
            detail_type=entry["DetailType"],
            detail=detail,
            account=backend.account_id,
            region=backend.region_name,
            time=_seconds(entry.get("Time"), now),
            resources=entry.get("Resources") or (),
            event_id=event_id,
        )
        bus_backend, name = _bus(backend, entry.get("EventBusName"))
        self.accept(bus_backend, name, event)
        return {"EventId": event_id}


def _bus(backend: Any, name: str | None) -> tuple[Any, str]:
    """An event's bus, by name or by ARN, which may be of another Region or account."""
    from moto.events.models import events_backends

    if name is None or not name.startswith("arn:"):
        return backend, name or "default"
    _, _, _, region, account, resource = name.split(":", 5)
    return events_backends[account][region], resource.removeprefix("event-bus/")


def _size(entry: Mapping[str, Any]) -> int:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size"""
    texts = [entry.get(name) or "" for name in ("Source", "DetailType", "Detail")] + list(entry.get("Resources") or ())
    return sum(len(text.encode()) for text in texts) + (14 if entry.get("Time") is not None else 0)


def _detail(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text, parse_constant=_no_json)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _no_json(name: str) -> None:
    raise ValueError(name)


def _seconds(time: Any, now: float) -> float:
    if time is None:
        return now
    try:
        return float(time)
    except (TypeError, ValueError):
        from datetime import datetime

        return datetime.fromisoformat(str(time)).timestamp()


# Patterns -------------------------------------------------------------------------------------------------------


def checked(pattern: str | None) -> None:
    """Refuse what is no pattern, as EventBridge does."""
    from moto.events.exceptions import InvalidEventPatternException

    try:
        if pattern:
            matches(pattern, {})
    except InvalidPattern as problem:
        raise InvalidEventPatternException(problem.reason) from None


def _parse(parser: Any) -> Any:
    checked(parser.pattern)
    return json.loads(parser.pattern) if parser.pattern else {}


def _matches_event(stored: Any, event: Any) -> bool:
    pattern = stored.dump()
    return not pattern or matches(pattern, event)


def _test_event_pattern(response: Any) -> str:
    from moto.events.exceptions import InvalidEventPatternException, ValidationException

    try:
        result = matches(response._get_param("EventPattern"), response._get_param("Event"))
    except InvalidPattern as problem:
        raise InvalidEventPatternException(problem.reason) from None
    except ValueError:
        raise ValidationException("Parameter Event is not valid.") from None
    return json.dumps({"Result": result})


def _update_event_bus(response: Any) -> tuple[int, dict[str, str], str]:
    """What is given replaces what was there."""
    bus = response.events_backend.describe_event_bus(response._get_param("Name"))
    for member, attribute in (
        ("Description", "description"),
        ("KmsKeyIdentifier", "kms_key_identifier"),
        ("DeadLetterConfig", "dead_letter_config"),
    ):
        setattr(bus, attribute, response._get_param(member))
    answer = {
        "Arn": bus.arn,
        "Name": bus.name,
        "Description": bus.description,
        "KmsKeyIdentifier": bus.kms_key_identifier,
        "DeadLetterConfig": bus.dead_letter_config,
    }
    return 200, {}, json.dumps({name: value for name, value in answer.items() if value})
