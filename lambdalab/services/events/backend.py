"""The door into moto's EventBridge: buses, rules, archives and replays, as moto keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from moto.core.exceptions import JsonRESTError
from moto.events import models
from moto.events.exceptions import IllegalStatusException, InvalidEventPatternException, ValidationException

from lambdalab.moto_patches import AddedOperation, Patch, missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from .schedule_timers import ScheduleTimer

ReplayState = models.ReplayState
_TIMER = "lab_schedule_timer"


class Pattern(Protocol):
    """An event pattern."""

    def dump(self) -> str | None:
        """Its text; None or empty if there is no pattern."""


class StoredRule(Protocol):
    """A rule."""

    arn: str
    name: str
    account_id: str
    region_name: str
    event_bus_name: str
    state: str
    managed_by: str | None
    """The service that owns it: moto has such a rule for each archive."""
    scheduled_expression: str | None
    event_pattern: Pattern
    targets: list[dict[str, Any]]


class StoredBus(Protocol):
    """An event bus."""

    arn: str
    name: str
    rules: dict[str, StoredRule]
    description: str | None
    kms_key_identifier: str | None
    dead_letter_config: Any


class StoredArchive(Protocol):
    """An archive."""

    source_arn: str
    """The bus."""
    event_pattern: Pattern
    retention: int
    """Days; 0 is forever."""
    events: list[Any]


class StoredReplay(Protocol):
    """A replay."""

    arn: str
    name: str
    state: Any
    destination: Mapping[str, Any]
    """{"Arn": the bus, "FilterArns": rules}"""
    event_start_time: float
    event_end_time: float
    start_time: float
    end_time: float | None


class Account(Protocol):
    """moto's EventBridge of an account and Region."""

    account_id: str
    region_name: str
    event_buses: dict[str, StoredBus]
    archives: dict[str, StoredArchive]

    def describe_event_bus(self, name: str) -> StoredBus:
        """ResourceNotFoundException if there is none."""


class Response(Protocol):
    """moto's answer to one request in the making."""

    events_backend: Account

    def _get_param(self, name: str) -> Any: ...


def replace(name: str, parameters: tuple[str, ...], replacement: Callable[[Any], Any], why: str) -> Patch:
    """A change to one of moto's methods or functions: "Rule.enable". `replacement` gets what was there."""
    owner, _, attribute = name.partition(".")
    module = "moto.events.responses" if owner == "EventsHandler" else "moto.events.models"
    return Patch(module, owner, attribute, parameters, replacement, why)


def add(operation: str, handler: Callable[[Any], Any]) -> AddedOperation:
    """An operation that moto does not know: "UpdateEventBus"."""
    return AddedOperation(operation, handler, service="events", module="moto.events", owner="EventsHandler")


def no_events_of_buckets() -> Patch:
    """moto's S3 sends events to EventBridge when a bucket is made."""
    return Patch(
        "moto.s3",
        "models",
        "events_send_notification",
        ("source", "event_name", "region", "resources", "detail"),
        lambda original: lambda *args, **more: None,
        "moto invents an event for a new bucket, in no service's form",
    )


def account_of(account: str, region: str) -> Account:
    """moto's EventBridge of an account and Region."""
    found: Account = models.events_backends[account][region]
    return found


def find_bus(arn: str) -> StoredBus | None:
    """The bus with this ARN."""
    _, _, _, region, account, _ = arn.split(":", 5)
    return account_of(account, region).event_buses.get(bus_name(arn))


def bus_name(arn: str) -> str:
    """ "default" of "arn:aws:events:…:event-bus/default"."""
    return arn.split(":", 5)[5].removeprefix("event-bus/")


def named_bus(account: Account, name_or_arn: str | None) -> StoredBus | None:
    """The bus that a request names; the default bus if it names none."""
    return account.event_buses.get(account._normalize_event_bus_arn(name_or_arn))  # type: ignore[attr-defined]


def policy_of(region: str, account: str, bus: str) -> str | None:
    """The policy of an event bus."""
    found = models.events_backends[account][region].event_buses.get(bus)
    policy: str | None = found.policy if found else None
    return policy


def archives_of(bus: StoredBus) -> Iterator[StoredArchive]:
    """The archives of a bus."""
    _, _, _, region, account, _ = bus.arn.split(":", 5)
    for archive in list(account_of(account, region).archives.values()):
        if archive.source_arn == bus.arn:
            yield archive


def put_event(bus_arn: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    """PutEvents with one entry; its entry in the answer."""
    _, _, _, region, account, _ = bus_arn.split(":", 5)
    answer: dict[str, Any]
    [answer] = models.events_backends[account][region].put_events([entry])
    return answer


def is_there(rule: StoredRule) -> bool:
    """Whether the account still has this very rule."""
    bus = account_of(rule.account_id, rule.region_name).event_buses.get(rule.event_bus_name)
    return bus is not None and bus.rules.get(rule.name) is rule


def keep_timer(rule: StoredRule, timer: ScheduleTimer) -> None:
    """The timer of a rule's schedule is kept on the rule, so that it is gone with it."""
    setattr(rule, _TIMER, timer)


def timer_of(rule: StoredRule) -> ScheduleTimer | None:
    """The timer of a rule's schedule."""
    found: ScheduleTimer | None = getattr(rule, _TIMER, None)
    return found


def find_replay(account: Account, name: str) -> StoredReplay:
    """A replay by its name, or ResourceNotFoundException."""
    found: StoredReplay = account._get_replay(name)  # type: ignore[attr-defined]
    return found


def parameter(response: Response, name: str) -> Any:
    """A parameter of a request; None if it is not given."""
    return response._get_param(name)


def validation_error(message: str) -> Exception:
    """The error ValidationException."""
    error: Exception = ValidationException(message)
    return error


def invalid_pattern(reason: str) -> Exception:
    """The error InvalidEventPatternException."""
    error: Exception = InvalidEventPatternException(reason)
    return error


def illegal_status(message: str) -> Exception:
    """The error IllegalStatusException."""
    error: Exception = IllegalStatusException(message)
    return error


def limit_exceeded() -> Exception:
    """The error LimitExceededException."""
    error: Exception = JsonRESTError(
        "LimitExceededException", "The requested resource exceeds the maximum number allowed."
    )
    return error


def misfits() -> Iterator[str]:
    """What moto does not have, as this room uses it."""
    scratch = models.EventsBackend("us-east-1", "123456789012")
    yield from missing(
        scratch,
        *("account_id", "region_name", "event_buses", "archives", "put_events", "describe_event_bus"),
        *("_normalize_event_bus_arn", "_get_replay"),
    )
    bus = scratch.event_buses.get("default")
    if bus is None:
        yield "a new account of moto's EventBridge has no default bus"
        return
    yield from missing(bus, "arn", "name", "rules", "description", "kms_key_identifier", "dead_letter_config")
    rule = scratch.put_rule("probe", event_pattern='{"source": ["probe"]}')
    yield from missing(
        rule,
        *("arn", "name", "account_id", "region_name", "event_bus_name", "state", "managed_by"),
        *("scheduled_expression", "event_pattern", "targets"),
    )
    yield from missing(rule.event_pattern, "dump")
    here = ("123456789012", "us-east-1", "probe")
    archive = models.Archive(*here, bus.arn, "", None, None)
    yield from missing(archive, "source_arn", "event_pattern", "retention", "events")
    replay = models.Replay(*here, "", archive.arn, 0, 0, {"Arn": bus.arn})
    yield from missing(
        replay,
        *("arn", "name", "state", "destination", "event_start_time", "event_end_time", "start_time", "end_time"),
    )
    yield from missing(models.ReplayState, "STARTING", "RUNNING", "CANCELLING", "CANCELLED", "COMPLETED")
