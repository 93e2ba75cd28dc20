"""The settings of a mapping, as a request gives them. Which of them a source has, its `polling.py` says."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lambdalab.delivery.polled import EventSource

UNSUPPORTED = {
    "ProvisionedPollerConfig": "Provisioned pollers",
    "KMSKeyArn": "Filters encrypted with a key of one's own",
    "AmazonManagedKafkaEventSourceConfig": "Kafka",
    "SelfManagedEventSource": "Kafka",
    "SelfManagedKafkaEventSourceConfig": "Kafka",
    "SourceAccessConfigurations": "Kafka and Amazon MQ",
    "Topics": "Kafka",
    "Queues": "Amazon MQ",
    "DocumentDBEventSourceConfig": "DocumentDB",
    "LoggingConfig": "Logs of event source mappings",
}
"""Settings that the lab refuses, unless they are among a source's own, and the feature that each belongs to."""

_NUMBERS = frozenset(
    {
        "BatchSize",
        "MaximumBatchingWindowInSeconds",
        "MaximumRecordAgeInSeconds",
        "MaximumRetryAttempts",
        "ParallelizationFactor",
        "TumblingWindowInSeconds",
    }
)
_BOOLEANS = frozenset({"BisectBatchOnFunctionError"})
_SETTINGS = (
    *sorted(_NUMBERS | _BOOLEANS),
    "DestinationConfig",
    "FilterCriteria",
    "FunctionResponseTypes",
    "MetricsConfig",
    "ScalingConfig",
    *UNSUPPORTED,
)


def defaults(source: EventSource) -> dict[str, Any]:
    """Of a new mapping."""
    return copy.deepcopy(dict(source.defaults))


def given(spec: dict[str, Any]) -> dict[str, Any]:
    """The settings in a request. Some can be removed: by an empty object or list, or no filters."""
    found = {name: _typed(name, spec[name]) for name in _SETTINGS if name in spec}
    if "DestinationConfig" in found:
        found["DestinationConfig"] = {"OnFailure": {}, **(found["DestinationConfig"] or {})}
    if "FilterCriteria" in found and not (found["FilterCriteria"] or {}).get("Filters"):
        found["FilterCriteria"] = None
    if "ScalingConfig" in found and not (found["ScalingConfig"] or {}).get("MaximumConcurrency"):
        found["ScalingConfig"] = None
    return found


def enabled(spec: dict[str, Any], otherwise: bool) -> bool:
    """CloudFormation writes booleans as text."""
    return str(spec.get("Enabled", otherwise)).lower() == "true"


def _typed(name: str, value: Any) -> Any:
    """CloudFormation may write numbers and booleans as text."""
    if not isinstance(value, str):
        return value
    if name in _BOOLEANS:
        return value.lower() == "true"
    return int(value) if name in _NUMBERS else value
