"""The configuration of an event source mapping, as its poller reads it before each batch."""

from __future__ import annotations

import functools
from dataclasses import dataclass

INVOCATION_BYTES = 6 << 20
"""A synchronous invocation's payload, and so a batch's."""


class CannotPoll(Exception):
    """The source cannot be read now: a permission is missing, or Lambda cannot assume the function's role."""


class SourceGone(CannotPoll):
    """The queue, the stream or the function no longer exists."""


@dataclass(frozen=True)
class Mapping:
    """The configuration of one mapping."""

    uuid: str
    function_arn: str
    """As the mapping names it: with a version or an alias, if it has one."""
    source_arn: str
    batch_size: int = 10
    window_s: float = 0
    """MaximumBatchingWindowInSeconds."""
    filters: tuple[str, ...] = ()
    """Patterns; the function gets a record that matches one of them. Without any it gets every record."""
    partial_failures: bool = False
    """FunctionResponseTypes has ReportBatchItemFailures."""
    max_concurrency: int | None = None
    """ScalingConfig.MaximumConcurrency (queues)."""
    parallelization_factor: int = 1
    """Concurrent batches per shard (streams, as what follows)."""
    bisect: bool = False
    retries: int = -1
    """-1: for as long as the record is in the stream."""
    max_age_s: float = -1
    on_failure: str | None = None

    @functools.cached_property
    def invoked(self) -> str:
        """The function's ARN with a qualifier."""
        return self.function_arn if self.function_arn.count(":") > 6 else f"{self.function_arn}:$LATEST"
