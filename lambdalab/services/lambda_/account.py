"""Functions, layers and event source mappings in a real account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.account_resources import (
    Creation,
    Kind,
    Named,
    NameIn,
    ServiceResources,
    answers,
    by_type,
    deleted_by,
    found,
    generated,
    if_exists,
    pages,
    parameter,
    until,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdalab.account_resources import Aws, Parameters, Tags


def _delete_function(aws: Aws, name: str) -> None:
    client = aws("lambda")
    with if_exists():
        for mapping in list(pages(client, "list_event_source_mappings", "EventSourceMappings", FunctionName=name)):
            _MAPPING.delete(aws, mapping["UUID"])
    with if_exists():  # versions, aliases, URL, permissions and settings are deleted with it
        client.delete_function(FunctionName=name)


def _delete_layer(aws: Aws, name: str) -> None:
    client = aws("lambda")
    with if_exists():
        for version in list(pages(client, "list_layer_versions", "LayerVersions", LayerName=name)):
            with if_exists():
                client.delete_layer_version(LayerName=name, VersionNumber=version["Version"])


def _layer_exists(aws: Aws, name: str) -> bool:
    response = found(lambda: aws("lambda").list_layer_versions(LayerName=name))
    return bool(response and response["LayerVersions"])


def _mapping_tags(aws: Aws, uuid: str) -> Tags:
    client = aws("lambda")
    arn = client.get_event_source_mapping(UUID=uuid).get("EventSourceMappingArn")
    return dict(client.list_tags(Resource=arn)["Tags"]) if arn else {}


def _mappings(aws: Aws, path: str) -> Iterator[tuple[str, None]]:
    for mapping in pages(aws("lambda"), "list_event_source_mappings", "EventSourceMappings"):
        yield mapping["UUID"], None


_MAPPING = Kind(
    "mapping",
    exists=answers("lambda", "get_event_source_mapping", "UUID"),
    delete=deleted_by("lambda", "delete_event_source_mapping", "UUID"),
    order=30,
    tags=_mapping_tags,
    listed=_mappings,
)
_FUNCTION = Kind(
    "function",
    exists=answers("lambda", "get_function", "FunctionName"),
    delete=_delete_function,
    order=31,
    tags=lambda aws, name: dict(aws("lambda").get_function(FunctionName=name).get("Tags", {})),
)
_LAYER = Kind("layer", exists=_layer_exists, delete=_delete_layer, order=32)


def _function_name(text: str) -> str:
    """The name in a function's name, partial ARN or ARN, with or without a qualifier."""
    parts = text.split(":")
    if "function" in parts:
        return (parts[parts.index("function") + 1 :] or [""])[0]
    return parts[0]


def _function(parameters: Parameters) -> list[Named]:
    return [Named("function", _function_name(parameters.get("FunctionName", "")))]


def _has_qualifier(parameters: Parameters) -> bool:
    if parameters.get("Qualifier"):
        return True
    text = parameters.get("FunctionName", "")
    return ":" in text and text.rpartition(":")[2] != _function_name(text)


ACCOUNT = ServiceResources(
    "lambda",
    kinds=(_MAPPING, _FUNCTION, _LAYER),
    creations={
        "CreateFunction": Creation(
            "function",
            lambda parameters: _function_name(parameters.get("FunctionName", "")),
            tags=("Tags", "map"),
            follows=lambda name: [Named("log-group", f"/aws/lambda/{name}")],
        ),
        "PublishLayerVersion": Creation("layer", parameter("LayerName")),
        # A mapping invokes a function: it must be one of the course's own.
        "CreateEventSourceMapping": Creation(
            "mapping", generated, lambda response: str(response["UUID"]), tags=("Tags", "map"), uses=_function
        ),
    },
    parts=frozenset({"CreateAlias", "CreateFunctionUrlConfig", "PublishVersion"}),
    deletions={"DeleteFunction": "function", "DeleteEventSourceMapping": "mapping"},
    only_part=_has_qualifier,
    names=(
        NameIn("FunctionName", "function", _function_name),
        NameIn("LayerName", "layer", lambda text: text.partition(":layer:")[2] or text),
        NameIn("UUID", "mapping"),
    ),
    of_arn=by_type(
        {
            "function": ("function", until(":")),
            "layer": ("layer", until(":")),
            "event-source-mapping": ("mapping", str),
        }
    ),
)
