"""FilterLogEvents: which log events it finds, and their ids.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import backend, payloads
from .filter_patterns import InvalidPattern, compiled

if TYPE_CHECKING:
    from collections.abc import Callable


class Filter:
    """Replaces moto's EventMessageFilter."""

    def __init__(self, pattern: str | None) -> None:
        self._test = matcher(pattern)

    def matches(self, message: str) -> bool:
        """Whether a message matches the pattern."""
        return self._test(message)


def matcher(pattern: str | None) -> Callable[[str], bool]:
    """The test that a filter pattern stands for; without a pattern, every message passes. Raises moto's error."""
    try:
        return compiled(pattern or "")
    except InvalidPattern as problem:
        raise backend.invalid_parameter(str(problem)) from None


def searched(original: Callable[..., Any]) -> Callable[..., Any]:
    """FilterLogEvents: the pattern is checked first."""

    def filter_log_events(
        account: backend.Account,
        log_group_name: str,
        log_stream_names: list[str],
        start_time: int,
        end_time: int,
        limit: int | None,
        next_token: str | None,
        filter_pattern: str,
        interleaved: bool,
    ) -> Any:
        matcher(filter_pattern)
        return original(
            account,
            log_group_name,
            log_stream_names,
            start_time,
            end_time,
            limit,
            next_token,
            filter_pattern,
            True,  # AWS has ignored `interleaved` since 2019: events of all streams come in the order of their times
        )

    return filter_log_events


def with_id(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """A log event in an answer."""

    def to_filter_dict(event: backend.StoredEvent) -> dict[str, Any]:
        return {**original(event), "eventId": payloads.event_id(event.timestamp, event.event_id)}

    return to_filter_dict
