"""Functions with their URLs and destinations, and what Lambda reads for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import labels as words
from .arn_resources import end
from .model import FUNCTION, Thing, Way
from .scope import pages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .reading import Reading


def functions(reading: Reading) -> None:
    """Functions, their URLs, and where their results go."""
    client = reading.aws("lambda")
    for name in reading.names("function"):
        settings: dict[str, Any] = {}
        with reading.looking("lambda", name):
            settings = client.get_function_configuration(FunctionName=name)
        if not settings:
            continue
        function, _ = end(settings["FunctionArn"])
        reading.draft.thing(Thing(function.id, FUNCTION, name, tuple(_about(reading, name))))
        if dead := (settings.get("DeadLetterConfig") or {}).get("TargetArn"):
            reading.result(function, dead, "given up (dead letters)")
        with reading.looking("lambda", name):
            for url in client.list_function_url_configs(FunctionName=name)["FunctionUrlConfigs"]:
                target, qualifier = end(url["FunctionArn"])
                source = Thing(f"url {url['FunctionArn']}", "Function URL", "")
                said = [*words.qualified(qualifier), f"AuthType {url['AuthType']}"]
                said += ["streams"] if url.get("InvokeMode") == "RESPONSE_STREAM" else []
                reading.draft.arrow(source, target, Way.SYNCHRONOUS, said)
        for config in _invoke_configs(reading, name):
            _, qualifier = end(config["FunctionArn"])
            destinations = config.get("DestinationConfig") or {}
            for case, what in (("OnSuccess", "on success"), ("OnFailure", "on failure")):
                if arn := (destinations.get(case) or {}).get("Destination"):
                    reading.result(function, arn, f"{what} of {qualifier}" if qualifier else what)


def _about(reading: Reading, name: str) -> Iterator[str]:
    """The aliases of a function, and how it is tried again."""
    with reading.looking("lambda", name):
        for alias in reading.aws("lambda").list_aliases(FunctionName=name)["Aliases"]:
            yield words.alias(alias)
    for config in _invoke_configs(reading, name):
        if said := list(words.invoke_config(config)):
            yield f"asynchronous: {', '.join(said)}"


def _invoke_configs(reading: Reading, name: str) -> list[Any]:
    found: list[Any] = []
    with reading.looking("lambda", name):
        client = reading.aws("lambda")
        found = client.list_function_event_invoke_configs(FunctionName=name)["FunctionEventInvokeConfigs"]
    return sorted(found, key=lambda each: str(each["FunctionArn"]))


def mappings(reading: Reading) -> None:
    """Event source mappings to the functions that are there."""
    found: list[Any] = []
    with reading.looking("lambda", "event source mappings"):
        found = list(pages(reading.aws("lambda"), "list_event_source_mappings", "EventSourceMappings"))
    found.sort(key=lambda each: (each["FunctionArn"], each.get("EventSourceArn", ""), *words.mapping(each)))
    for mapping in found:
        function, qualifier = end(mapping["FunctionArn"])
        if function.id not in reading.draft.things or not mapping.get("EventSourceArn"):
            continue
        source, _ = end(mapping["EventSourceArn"])
        reading.draft.arrow(source, function, Way.POLLED, [*words.qualified(qualifier), *words.mapping(mapping)])
        failed = ((mapping.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
        if failed:
            reading.result(function, failed, f"given up: {source.name}")
