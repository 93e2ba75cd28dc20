"""The door into moto's CloudWatch Logs: log groups, streams and subscriptions, as moto keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from moto.logs.exceptions import InvalidParameterException, LimitExceededException, LogsClientError
from moto.logs.models import LogEvent, LogGroup, LogsBackend, SubscriptionFilter, logs_backends

from lambdalab.moto_patches import Patch, missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


class StoredFilter(Protocol):
    """A subscription of a log group."""

    filter_pattern: str

    def update(self, filter_pattern: str, destination_arn: str, role_arn: str) -> None:
        """Change all of it but its name."""


class StoredGroup(Protocol):
    """A log group."""

    name: str
    subscription_filters: dict[str, StoredFilter]


class StoredStream(Protocol):
    """A log stream."""

    account_id: str
    region: str
    log_group: StoredGroup
    log_stream_name: str


class StoredEvent(Protocol):
    """A log event."""

    timestamp: int
    event_id: int


class Account(Protocol):
    """moto's CloudWatch Logs of an account and Region."""

    account_id: str
    region_name: str


def replace(name: str, parameters: tuple[str, ...], replacement: Callable[[Any], Any], why: str) -> Patch:
    """A change to one of moto's methods: "LogGroup.put_subscription_filter". `replacement` gets what was there."""
    owner, _, attribute = name.partition(".")
    return Patch(
        "moto.logs" if owner == "models" else "moto.logs.models", owner, attribute, parameters, replacement, why
    )


def exists(arn: str) -> bool:
    """Whether there is this log group."""
    _, _, _, region, account, _ = arn.split(":", 5)
    return group_name(arn) in logs_backends[account][region].groups


def group_name(arn: str) -> str:
    """ "/aws/lambda/hello" of a log group's ARN, which may end with ":*"."""
    return arn.split(":", 5)[5].removeprefix("log-group:").removesuffix(":*")


def put_log_events(
    account: str, region: str, group: str, stream: str, events: Iterable[tuple[int, str]], *, create_group: bool = False
) -> None:
    """Write events (milliseconds, message) to a stream, which is created if need be; nothing if there is no group."""
    backend = logs_backends[account][region]
    if create_group:
        backend.ensure_log_group(group)
    elif group not in backend.groups:
        return
    if stream not in backend.groups[group].streams:
        backend.create_log_stream(group, stream)
    backend.put_log_events(group, stream, [{"timestamp": at, "message": message} for at, message in events])


def streams_of(account: str, region: str, group: str) -> set[str] | None:
    """The names of a group's streams; None if there is no such group."""
    found = logs_backends[account][region].groups.get(group)
    return None if found is None else set(found.streams)


def create_log_group(account: str, region: str, group: str) -> None:
    """As CreateLogGroup; a group that is there stays as it is."""
    logs_backends[account][region].ensure_log_group(group)


def create_log_stream(account: str, region: str, group: str, stream: str) -> None:
    """As CreateLogStream, of a stream that is not there."""
    logs_backends[account][region].create_log_stream(group, stream)


def resource_policies(region: str, account: str) -> tuple[str, ...]:
    """The policies for CloudWatch Logs that an account has in a Region, as JSON."""
    policies = list(logs_backends[account][region].resource_policies.values())
    return tuple(str(each.policy_document) for each in policies)


def invalid_parameter(message: str) -> Exception:
    """The error InvalidParameterException."""
    error: Exception = InvalidParameterException(message)
    return error


def access_denied(message: str) -> Exception:
    """The error AccessDeniedException."""
    error: Exception = LogsClientError("AccessDeniedException", message)
    return error


def limit_exceeded() -> Exception:
    """The error LimitExceededException."""
    error: Exception = LimitExceededException()
    return error


def misfits() -> Iterator[str]:
    """What moto does not have, as this room uses it."""
    scratch = LogsBackend("us-east-1", "123456789012")
    scratch.create_log_group("probe", {})
    scratch.create_log_stream("probe", "probe")
    group: Any = scratch.groups["probe"]
    yield from missing(scratch, "account_id", "region_name", "groups", "resource_policies")
    yield from missing(scratch, "ensure_log_group", "create_log_stream", "put_log_events")
    yield from missing(group, "name", "subscription_filters", "streams")
    yield from missing(group.streams["probe"], "account_id", "region", "log_group", "log_stream_name")
    yield from missing(SubscriptionFilter("probe", "probe", "", "", ""), "filter_pattern", "update")
    yield from missing(LogEvent(0, {"timestamp": 0, "message": ""}), "timestamp", "event_id")
    yield from missing(LogGroup, "put_subscription_filter")
