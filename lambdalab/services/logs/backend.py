"""The door into moto's CloudWatch Logs: what is changed there, and how other services write to log groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.logs.models import logs_backends

from .subscriptions import patches

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["patches", "put_log_events", "resource_policies"]


def resource_policies(region: str, account: str) -> tuple[str, ...]:
    """The policies for CloudWatch Logs that an account has in a region, as JSON."""
    policies = list(logs_backends[account][region].resource_policies.values())
    return tuple(str(each.policy_document) for each in policies)


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
