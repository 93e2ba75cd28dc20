"""Functions with their URLs, destinations and dead-letter queues, and the event source mappings that poll for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lambdalab.wiring import labels
from lambdalab.wiring.arn_resources import Named, end
from lambdalab.wiring.model import FUNCTION, Resource, Way
from lambdalab.wiring.scope import listed, pages
from lambdalab.wiring.service_wiring import Reader, ServiceWiring

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdalab.wiring.reading import Reading


def _named(resource: str) -> Named:
    name, _, qualifier = resource.removeprefix("function:").partition(":")
    return Named(FUNCTION, name, f"function:{name}", "" if qualifier == "$LATEST" else qualifier)


def _functions(reading: Reading) -> None:
    client = reading.aws("lambda")
    for name in reading.names("function"):
        settings: dict[str, Any] = {}
        with reading.looking("lambda", name):
            settings = client.get_function_configuration(FunctionName=name)
        if not settings:
            continue
        function, _ = end(settings["FunctionArn"])
        reading.draft.resource(Resource(function.id, FUNCTION, name, tuple(_facts(reading, name))))
        if dead := (settings.get("DeadLetterConfig") or {}).get("TargetArn"):
            reading.result(function, dead, "given up (dead letters)")
        with reading.looking("lambda", name):
            for url in client.list_function_url_configs(FunctionName=name)["FunctionUrlConfigs"]:
                target, qualifier = end(url["FunctionArn"])
                source = Resource(f"url {url['FunctionArn']}", "Function URL", "")
                words = [*labels.qualified(qualifier), f"AuthType {url['AuthType']}"]
                words += ["streams"] if url.get("InvokeMode") == "RESPONSE_STREAM" else []
                reading.draft.arrow(source, target, Way.SYNCHRONOUS, words)
        for config in _invoke_configs(reading, name):
            _, qualifier = end(config["FunctionArn"])
            destinations = config.get("DestinationConfig") or {}
            for case, what in (("OnSuccess", "on success"), ("OnFailure", "on failure")):
                if arn := (destinations.get(case) or {}).get("Destination"):
                    reading.result(function, arn, f"{what} of {qualifier}" if qualifier else what)


def _facts(reading: Reading, name: str) -> Iterator[str]:
    """A function's aliases, and how asynchronous invocations are retried."""
    with reading.looking("lambda", name):
        for alias in reading.aws("lambda").list_aliases(FunctionName=name)["Aliases"]:
            yield _alias(alias)
    for config in _invoke_configs(reading, name):
        if words := list(_invoke_config(config)):
            yield f"asynchronous: {', '.join(words)}"


def _invoke_configs(reading: Reading, name: str) -> list[Any]:
    found: list[Any] = []
    with reading.looking("lambda", name):
        client = reading.aws("lambda")
        found = client.list_function_event_invoke_configs(FunctionName=name)["FunctionEventInvokeConfigs"]
    return sorted(found, key=lambda each: str(each["FunctionArn"]))


def _mappings(reading: Reading) -> None:
    """Of the functions in the draft: they are read before."""
    found: list[Any] = []
    with reading.looking("lambda", "event source mappings"):
        found = list(pages(reading.aws("lambda"), "list_event_source_mappings", "EventSourceMappings"))
    found.sort(key=lambda each: (each["FunctionArn"], each.get("EventSourceArn", ""), *_mapping(each)))
    for mapping in found:
        function, qualifier = end(mapping["FunctionArn"])
        if function.id not in reading.draft.resources or not mapping.get("EventSourceArn"):
            continue
        source, _ = end(mapping["EventSourceArn"])
        reading.draft.arrow(source, function, Way.POLLED, [*labels.qualified(qualifier), *_mapping(mapping)])
        failed = ((mapping.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
        if failed:
            reading.result(function, failed, f"given up: {source.name}")


def _alias(settings: dict[str, Any]) -> str:
    """Which version an alias points to."""
    weights = (settings.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    main = f"{settings['Name']} → version {settings['FunctionVersion']}"
    return main + "".join(f", {weight:.0%} {version}" for version, weight in sorted(weights.items()))


def _invoke_config(settings: dict[str, Any]) -> Iterator[str]:
    if (attempts := settings.get("MaximumRetryAttempts")) is not None:
        yield labels.retries(attempts)
    if age := settings.get("MaximumEventAgeInSeconds"):
        yield f"up to {age} s old"


def _mapping(settings: dict[str, Any]) -> Iterator[str]:
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
        yield f"filter {labels.pattern(each.get('Pattern', ''))}"
    if "ReportBatchItemFailures" in (settings.get("FunctionResponseTypes") or ()):
        yield "reports failed items"
    if settings.get("BisectBatchOnFunctionError"):
        yield "halves a failed batch"
    if (retries := settings.get("MaximumRetryAttempts")) not in (None, -1):
        yield labels.retries(retries)
    if (age := settings.get("MaximumRecordAgeInSeconds")) not in (None, -1):
        yield f"up to {age} s old"


WIRING = ServiceWiring(
    _named,
    readers=(Reader(0, _functions), Reader(30, _mappings)),
    lists={"function": lambda aws: listed(aws("lambda"), "list_functions", "Functions", "FunctionName")},
)
