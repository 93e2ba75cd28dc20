"""REST APIs: which method of which resource invokes which function."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from lambdalab.wiring import labels
from lambdalab.wiring.arn_resources import called, end
from lambdalab.wiring.model import Resource, Way
from lambdalab.wiring.scope import listed, pages
from lambdalab.wiring.service_wiring import Reader, ServiceWiring

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lambdalab.wiring.reading import Reading

_FUNCTION_IN_URI = re.compile(r"/functions/(arn:.+)/invocations")
_INVOCATION_TYPE = "integration.request.header.X-Amz-Invocation-Type"


def _rest_apis(reading: Reading) -> None:
    """Sorted by name: AWS generates their ids."""
    client = reading.aws("apigateway")
    found: list[Any] = []
    for name in reading.names("rest-api"):
        with reading.looking("apigateway", name):
            found.append(client.get_rest_api(restApiId=name))
    for api in sorted(found, key=lambda each: str(each["name"])):
        with reading.looking("apigateway", api["name"]):
            _rest_api(reading, client, api)


def _rest_api(reading: Reading, client: Any, api: Any) -> None:
    which = {"restApiId": api["id"]}
    stages = client.get_stages(**which)["item"]
    source = Resource(
        f"rest-api {api['id']}", "REST API", api["name"], stage_facts(each["stageName"] for each in stages)
    )
    resources = pages(client, "get_resources", "items", embed=["methods"], **which)
    for resource in sorted(resources, key=lambda each: str(each["path"])):
        for verb, method in sorted((resource.get("resourceMethods") or {}).items()):
            if not method:
                method = client.get_method(resourceId=resource["id"], httpMethod=verb, **which)
            integration = method.get("methodIntegration") or {}
            words = [f"{verb} {resource['path']}", *(["mapped"] if integration.get("type") == "AWS" else [])]
            asynchronous = (integration.get("requestParameters") or {}).get(_INVOCATION_TYPE) == "'Event'"
            way = Way.ASYNCHRONOUS if asynchronous else Way.SYNCHRONOUS
            invokes(reading, source, integration.get("uri", ""), words, stages, way)
    for authorizer in client.get_authorizers(**which)["items"]:
        words = [f"authorizer {authorizer['name']}"]
        invokes(reading, source, authorizer.get("authorizerUri", ""), words, stages)


def stage_facts(stages: Iterable[str]) -> tuple[str, ...]:
    """The stages of an API, for its box in the diagram."""
    return tuple(f"stage {name}" for name in sorted(stages)) or ("no stage yet",)


def invokes(
    reading: Reading, api: Resource, uri: str, words: list[str], stages: list[Any], way: Way = Way.SYNCHRONOUS
) -> None:
    """An arrow to the function in an integration's URI. If a stage variable names the function, one for each stage."""
    match = _FUNCTION_IN_URI.search(uri)
    arn = match[1] if match else uri
    if not arn.startswith("arn:") or ":function:" not in arn:
        return
    for stage in stages if "${stageVariables." in arn else [{}]:
        name = stage.get("stageName") or stage.get("StageName")
        invoked = arn
        for variable, value in (stage.get("variables") or stage.get("StageVariables") or {}).items():
            invoked = invoked.replace(f"${{stageVariables.{variable}}}", value)
        function, qualifier = end(invoked)
        more = [*labels.qualified(qualifier), *([f"in {name}"] if name else [])]
        reading.draft.arrow(api, function, way, [*words, *more])


WIRING = ServiceWiring(
    called("apigateway"),
    readers=(Reader(10, _rest_apis),),
    lists={"rest-api": lambda aws: listed(aws("apigateway"), "get_rest_apis", "items", "id")},
)
