"""Functions, their layers, and event source mappings."""

from __future__ import annotations

from .kind import Aws, Kind, Tags, answers, deleted_by, found, if_there, pages


def _delete_function(aws: Aws, name: str) -> None:
    client = aws("lambda")
    with if_there():
        for mapping in list(pages(client, "list_event_source_mappings", "EventSourceMappings", FunctionName=name)):
            MAPPING.delete(aws, mapping["UUID"])
    with if_there():  # versions, aliases, URL, permissions and settings go with it
        client.delete_function(FunctionName=name)


def _delete_layer(aws: Aws, name: str) -> None:
    client = aws("lambda")
    with if_there():
        for version in list(pages(client, "list_layer_versions", "LayerVersions", LayerName=name)):
            with if_there():
                client.delete_layer_version(LayerName=name, VersionNumber=version["Version"])


def _layer_exists(aws: Aws, name: str) -> bool:
    answer = found(lambda: aws("lambda").list_layer_versions(LayerName=name))
    return bool(answer and answer["LayerVersions"])


def _mapping_tags(aws: Aws, uuid: str) -> Tags:
    client = aws("lambda")
    arn = client.get_event_source_mapping(UUID=uuid).get("EventSourceMappingArn")
    return dict(client.list_tags(Resource=arn)["Tags"]) if arn else {}


MAPPING = Kind(
    "mapping",
    "lambda",
    answers("lambda", "get_event_source_mapping", "UUID"),
    deleted_by("lambda", "delete_event_source_mapping", "UUID"),
    _mapping_tags,
)
FUNCTION = Kind(
    "function",
    "lambda",
    answers("lambda", "get_function", "FunctionName"),
    _delete_function,
    lambda aws, name: dict(aws("lambda").get_function(FunctionName=name).get("Tags", {})),
)
LAYER = Kind("layer", "lambda", _layer_exists, _delete_layer)
