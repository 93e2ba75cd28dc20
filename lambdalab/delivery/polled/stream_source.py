"""What all streams have in common as event sources (Kinesis, DynamoDB): settings, starting positions, access.

The wording is AWS's where it is known. Not known: what it answers to a maximum concurrency for a stream.
https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lambdalab.authorization.access import Access

from .source import EventSource, InvalidParameterValue, NotInThisLab
from .streams import StreamPoller

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .pollers import Poller
    from .shards import Stream
    from .source import Consumer, FunctionToCheck

STREAM_SETTINGS = {
    "ParallelizationFactor": 1,
    "DestinationConfig": {"OnFailure": {}},
    "MaximumRecordAgeInSeconds": -1,
    "BisectBatchOnFunctionError": False,
    "MaximumRetryAttempts": -1,
    "TumblingWindowInSeconds": 0,
}
"""The settings that only streams have, with their defaults."""
_DEFAULTS = {
    "BatchSize": 100,
    "MaximumBatchingWindowInSeconds": 0,
    "FunctionResponseTypes": [],
    **STREAM_SETTINGS,
}


class StreamSource(EventSource):
    """A service that has streams. A room's source derives from it, and says how its streams are read."""

    defaults = _DEFAULTS
    actions: tuple[str, ...]
    """What a role must allow to read a stream: "kinesis:GetRecords" and more."""
    positions: tuple[str, ...] = ("TRIM_HORIZON", "LATEST", "AT_TIMESTAMP")
    batch_info: str
    """The member of a failure record that says which records failed: "KinesisBatchInfo"."""

    def exists(self, arn: str) -> bool:
        """Whether there is such a stream."""
        raise NotImplementedError

    def stream(self, consumer: Consumer) -> Stream:
        """The stream as a mapping reads it."""
        raise NotImplementedError

    def required_access(self, arn: str) -> list[Access]:
        """What the role is asked before a stream is read."""
        return [Access(action, arn) for action in self.actions]

    def check_arn(self, arn: str) -> None:
        """Every stream is a source."""

    def check_start(self, arn: str, position: str | None, timestamp: float | None) -> None:
        """A stream is read from a position; AT_TIMESTAMP comes with a time."""
        if not position:
            raise InvalidParameterValue(
                "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: "
                "Member must not be null."
            )
        if position not in self.positions:
            raise InvalidParameterValue(f"Unsupported starting position for arn type: {arn}")
        if timestamp is not None and position != "AT_TIMESTAMP":
            raise InvalidParameterValue("Timestamp only valid with StartingPosition AT_TIMESTAMP")
        if position == "AT_TIMESTAMP" and timestamp is None:
            raise InvalidParameterValue("StartingPositionTimestamp is required with StartingPosition AT_TIMESTAMP")
        if timestamp is not None and timestamp < 0:
            raise InvalidParameterValue(
                "Received Exception while reading from provided stream. class java.lang.Long can not be converted to "
                "a Timestamp"
            )

    def check_settings(self, arn: str, settings: Mapping[str, Any]) -> None:
        """No tumbling windows in this lab, no maximum concurrency, and a destination for failures only."""
        if settings.get("TumblingWindowInSeconds"):
            raise NotInThisLab("Tumbling windows (TumblingWindowInSeconds)")
        if settings.get("ScalingConfig"):
            raise InvalidParameterValue("ScalingConfig is only valid for SQS event sources.")
        if (settings.get("DestinationConfig") or {}).get("OnSuccess"):
            raise InvalidParameterValue("Unsupported DestinationConfig parameter for given event source mapping type.")

    def check_access(self, arn: str, function: FunctionToCheck) -> None:
        """The stream exists, and the role may read it."""
        if not self.exists(arn):
            raise InvalidParameterValue(f"Stream not found: {arn}")
        if not all(function.role_allows(access) for access in self.required_access(arn)):
            raise InvalidParameterValue(
                f"Cannot access stream {arn}. Please ensure the role can perform the GetRecords, GetShardIterator, "
                "DescribeStream, and ListStreams Actions on your stream in IAM."
            )

    def poller(self, consumer: Consumer) -> Poller:
        """Reads the shards in order."""
        poller = StreamPoller(consumer, self.stream(consumer), self.batch_info)
        poller.begin()
        return poller
