"""A mapping as it is stored and shown.

The call that changes a mapping answers with a transition (Creating, Updating, Enabling, Disabling, Deleting); the
next call finds it Enabled or Disabled, as with functions. `lab.pace` can make it take longer
(`simulated_latency.py`); on AWS it takes seconds to some minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lambdalab.delivery.polled import Mapping

if TYPE_CHECKING:
    from lambdalab.delivery.polled import EventSource

_REPORT = "ReportBatchItemFailures"


@dataclass(eq=False)
class Stored:
    """One mapping. It is an attribute of moto's object: `lab_mapping`."""

    uuid: str
    arn: str
    source_arn: str
    source: EventSource
    function_arn: str
    settings: dict[str, Any]
    """By the API's names, with defaults."""
    enabled: bool
    modified: float
    transition: str
    """The state until `until`."""
    until: float
    result: str = "No records processed"
    """LastProcessingResult."""

    def __post_init__(self) -> None:
        self._configuration = self._read()

    def report(self, result: str) -> None:
        """LastProcessingResult, from now on."""
        self.result = result

    def change(self, *, function_arn: str, settings: dict[str, Any], enabled: bool, now: float, until: float) -> None:
        """Update the mapping."""
        self.transition = "Updating" if enabled == self.enabled else ("Enabling" if enabled else "Disabling")
        self.function_arn, self.settings, self.enabled = function_arn, settings, enabled
        self.modified, self.until = now, until
        self._configuration = self._read()

    def in_transition(self, now: float) -> bool:
        """Whether a change is still in progress."""
        return now < self.until

    def state(self, now: float) -> str:
        """State as AWS names it."""
        return self.transition if self.in_transition(now) else ("Enabled" if self.enabled else "Disabled")

    def shown(self, state: str) -> dict[str, Any]:
        """The mapping as an answer of the API."""
        return {
            "UUID": self.uuid,
            "EventSourceMappingArn": self.arn,
            "EventSourceArn": self.source_arn,
            "FunctionArn": self.function_arn,
            "LastModified": self.modified,
            "State": state,
            **self.source.status(self.result),
            **{name: value for name, value in self.settings.items() if value is not None},
        }

    def mapping(self, now: float) -> Mapping | None:
        """As its poller needs it; None while it must not poll."""
        if not self.enabled or (self.in_transition(now) and self.transition in ("Creating", "Enabling")):
            return None
        return self._configuration

    def _read(self) -> Mapping:
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
            partial_failures=_REPORT in (settings.get("FunctionResponseTypes") or []),
            max_concurrency=(settings.get("ScalingConfig") or {}).get("MaximumConcurrency"),
            parallelization_factor=settings.get("ParallelizationFactor") or 1,
            bisect=bool(settings.get("BisectBatchOnFunctionError")),
            retries=settings.get("MaximumRetryAttempts", -1),
            max_age_s=settings.get("MaximumRecordAgeInSeconds", -1),
            on_failure=on_failure.get("Destination") or None,
        )
