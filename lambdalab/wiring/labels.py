"""The settings of an arrow, in a few words each. What is as AWS has it by default is not said."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


def qualified(qualifier: str) -> Iterator[str]:
    """Of an arrow to a version or an alias."""
    if qualifier:
        yield f"to version {qualifier}" if qualifier.isdigit() else f"to alias {qualifier}"


def pattern(document: Any) -> str:
    """A JSON document in one line."""
    try:
        found = json.loads(document) if isinstance(document, str) else document
    except ValueError:
        return str(document)
    return json.dumps(found, ensure_ascii=False)


def mapping(settings: dict[str, Any]) -> Iterator[str]:
    """Of an event source mapping."""
    if settings.get("State") in ("Disabled", "Disabling"):
        yield "disabled"
    if size := settings.get("BatchSize"):
        yield f"batches of up to {size}"
    if window := settings.get("MaximumBatchingWindowInSeconds"):
        yield f"waits up to {window} s for a batch"
    if start := settings.get("StartingPosition"):
        yield f"from {start}"
    if (factor := settings.get("ParallelizationFactor") or 1) > 1:
        yield f"{factor} batches a shard at once"
    if most := (settings.get("ScalingConfig") or {}).get("MaximumConcurrency"):
        yield f"at most {most} at once"
    for each in (settings.get("FilterCriteria") or {}).get("Filters") or ():
        yield f"filter {pattern(each.get('Pattern', ''))}"
    if "ReportBatchItemFailures" in (settings.get("FunctionResponseTypes") or ()):
        yield "reports failed items"
    if settings.get("BisectBatchOnFunctionError"):
        yield "halves a failed batch"
    if (retries := settings.get("MaximumRetryAttempts")) not in (None, -1):
        yield _tries_again(retries)
    if (age := settings.get("MaximumRecordAgeInSeconds")) not in (None, -1):
        yield f"up to {age} s old"


def notification(settings: dict[str, Any]) -> Iterator[str]:
    """Of a bucket's notification."""
    yield from settings.get("Events") or ()
    for rule in ((settings.get("Filter") or {}).get("Key") or {}).get("FilterRules") or ():
        begins = str(rule.get("Name", "")).lower() == "prefix"
        yield f"key {'begins with' if begins else 'ends in'} {rule.get('Value', '')}"


def subscription(attributes: dict[str, str]) -> Iterator[str]:
    """Of a subscription to a topic."""
    if policy := attributes.get("FilterPolicy"):
        where = "body" if attributes.get("FilterPolicyScope") == "MessageBody" else "attributes"
        yield f"{where} {pattern(policy)}"
    else:
        yield "every message"
    if attributes.get("RawMessageDelivery") == "true":
        yield "raw"


def rule(settings: dict[str, Any], target: dict[str, Any]) -> Iterator[str]:
    """Of a rule and one of its targets."""
    yield f"rule {settings['Name']}"
    if settings.get("State") == "DISABLED":
        yield "disabled"
    if schedule := settings.get("ScheduleExpression"):
        yield schedule
    if found := settings.get("EventPattern"):
        yield pattern(found)
    if target.get("InputTransformer") or target.get("Input") or target.get("InputPath"):
        yield "input changed"
    yield from retries(target)


def schedule(settings: dict[str, Any]) -> Iterator[str]:
    """Of a schedule of EventBridge Scheduler."""
    yield str(settings["ScheduleExpression"])
    if (zone := settings.get("ScheduleExpressionTimezone") or "UTC") != "UTC":
        yield str(zone)
    if settings.get("State") == "DISABLED":
        yield "disabled"
    yield from retries(settings["Target"])


def retries(target: dict[str, Any]) -> Iterator[str]:
    """Of a target of a rule or a schedule."""
    attempts = (target.get("RetryPolicy") or {}).get("MaximumRetryAttempts")
    if attempts is not None and attempts != 185:  # AWS's own
        yield _tries_again(attempts)


def invoke_config(settings: dict[str, Any]) -> Iterator[str]:
    """Of how a function is invoked asynchronously."""
    if (attempts := settings.get("MaximumRetryAttempts")) is not None:
        yield _tries_again(attempts)
    if age := settings.get("MaximumEventAgeInSeconds"):
        yield f"up to {age} s old"


def alias(settings: dict[str, Any]) -> str:
    """Which version an alias stands for."""
    weights = (settings.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    main = f"{settings['Name']} → version {settings['FunctionVersion']}"
    return main + "".join(f", {weight:.0%} {version}" for version, weight in sorted(weights.items()))


def _tries_again(attempts: int) -> str:
    return "no retry" if attempts == 0 else f"{attempts} {'retry' if attempts == 1 else 'retries'}"


def inside(document: str | None, key: str) -> str:
    """What stands under a key of a JSON document; "" if nothing does."""
    return str(json.loads(document).get(key, "")) if document else ""
