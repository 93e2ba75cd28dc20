"""What an event source mapping's configuration says, as its poller reads it before each batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lambdalab.event_patterns.mapping_filters import passes

INVOCATION_BYTES = 6 << 20
"""A synchronous invocation's payload, and so a batch's."""


class CannotPoll(Exception):
    """The source cannot be read now: a permission is missing, or Lambda cannot become the function's role."""


class SourceGone(CannotPoll):
    """The queue, the stream or the function is not there any more."""


@dataclass(frozen=True)
class Mapping:
    """The configuration of one mapping."""

    uuid: str
    function_arn: str
    """As it was named: with a version or an alias, if one was."""
    source_arn: str
    batch_size: int = 10
    window_s: float = 0
    """MaximumBatchingWindowInSeconds."""
    filters: tuple[str, ...] = ()
    """Patterns; a record that is of one of them is wanted. None at all: every record is."""
    partial_failures: bool = False
    """FunctionResponseTypes has ReportBatchItemFailures."""
    most_concurrent: int | None = None
    """ScalingConfig.MaximumConcurrency (queues)."""
    per_shard: int = 1
    """ParallelizationFactor (streams, as what follows)."""
    bisect: bool = False
    retries: int = -1
    """-1: as long as the record is in the stream."""
    max_age_s: float = -1
    on_failure: str | None = None

    @property
    def invoked(self) -> str:
        """The function's ARN with a qualifier."""
        return self.function_arn if self.function_arn.count(":") > 6 else f"{self.function_arn}:$LATEST"

    @property
    def service(self) -> str:
        """Of the source: "sqs", "dynamodb" or "kinesis"."""
        return self.source_arn.split(":")[2]

    def wants(self, record: dict[str, Any]) -> bool:
        """Whether a record is to be sent to the function."""
        return passes(self.service, self.filters, record)
