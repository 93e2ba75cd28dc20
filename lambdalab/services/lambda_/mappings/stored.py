"""A mapping as it is kept and shown.

The call that changes a mapping answers with the state on the way (Creating, Updating, Enabling, Disabling, Deleting);
the next look finds it Enabled or Disabled, as with functions (`lambdalab.services.lambda_.simulated_latency`: `lab.pace` can make it
take longer). On AWS it takes seconds to some minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lambdalab.delivery.polled import Mapping

REPORT = "ReportBatchItemFailures"
QUEUE_DEFAULTS = {"BatchSize": 10, "MaximumBatchingWindowInSeconds": 0, "FunctionResponseTypes": []}
STREAM_DEFAULTS = {
    "BatchSize": 100,
    "MaximumBatchingWindowInSeconds": 0,
    "FunctionResponseTypes": [],
    "ParallelizationFactor": 1,
    "DestinationConfig": {"OnFailure": {}},
    "MaximumRecordAgeInSeconds": -1,
    "BisectBatchOnFunctionError": False,
    "MaximumRetryAttempts": -1,
    "TumblingWindowInSeconds": 0,
}


def service_of(arn: str) -> str:
    """The service of a source: "sqs", "dynamodb", "kinesis"."""
    return arn.split(":")[2]


@dataclass(eq=False)
class Stored:
    """One mapping. It stands at moto's object as `lab_mapping`."""

    uuid: str
    arn: str
    function_arn: str
    source_arn: str
    settings: dict[str, Any]
    """What AWS's API calls them, with defaults."""
    enabled: bool
    modified: float
    way: str
    """The state until `until`."""
    until: float
    result: str = "No records processed"

    @property
    def service(self) -> str:
        """ "sqs", "dynamodb" or "kinesis"."""
        return service_of(self.source_arn)

    def report(self, result: str) -> None:
        """LastProcessingResult, from now on."""
        self.result = result

    def under_way(self, now: float) -> bool:
        """Whether a change is still being made."""
        return now < self.until

    def state(self, now: float) -> str:
        """State as AWS names it."""
        return self.way if self.under_way(now) else ("Enabled" if self.enabled else "Disabled")

    def shown(self, state: str) -> dict[str, Any]:
        """The mapping as an answer."""
        queue = self.service == "sqs"
        known = {name: value for name, value in self.settings.items() if value is not None}
        return {
            "UUID": self.uuid,
            "EventSourceMappingArn": self.arn,
            "EventSourceArn": self.source_arn,
            "FunctionArn": self.function_arn,
            "LastModified": self.modified,
            "State": state,
            "StateTransitionReason": "USER_INITIATED" if queue else "User action",
            **({} if queue else {"LastProcessingResult": self.result}),
            **known,
        }

    def mapping(self, now: float) -> Mapping | None:
        """As the poller needs it; None while it is not to poll."""
        if not self.enabled or (self.under_way(now) and self.way in ("Creating", "Enabling")):
            return None
        settings = self.settings
        filters = (settings.get("FilterCriteria") or {}).get("Filters") or []
        on_failure = (settings.get("DestinationConfig") or {}).get("OnFailure") or {}
        return Mapping(
            uuid=self.uuid,
            function_arn=self.function_arn,
            source_arn=self.source_arn,
            batch_size=settings["BatchSize"],
            window_s=settings["MaximumBatchingWindowInSeconds"],
            filters=tuple(each["Pattern"] for each in filters if each.get("Pattern")),
            partial_failures=REPORT in (settings.get("FunctionResponseTypes") or []),
            most_concurrent=(settings.get("ScalingConfig") or {}).get("MaximumConcurrency"),
            per_shard=settings.get("ParallelizationFactor") or 1,
            bisect=bool(settings.get("BisectBatchOnFunctionError")),
            retries=settings.get("MaximumRetryAttempts", -1),
            max_age_s=settings.get("MaximumRecordAgeInSeconds", -1),
            on_failure=on_failure.get("Destination") or None,
        )
