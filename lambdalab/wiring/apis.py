"""API Gateway: which route leads to which function."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from . import labels as words
from .arn_resources import end
from .model import Thing, Way
from .scope import pages

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .reading import Reading

_FUNCTION_IN_URI = re.compile(r"/functions/(arn:.+)/invocations")
_HOW = "integration.request.header.X-Amz-Invocation-Type"


def rest_apis(reading: Reading) -> None:
    """REST APIs, by name: their ids are AWS's."""
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
    thing = Thing(f"rest-api {api['id']}", "REST API", api["name"], _named(each["stageName"] for each in stages))
    resources = pages(client, "get_resources", "items", embed=["methods"], **which)
    for resource in sorted(resources, key=lambda each: str(each["path"])):
        for verb, method in sorted((resource.get("resourceMethods") or {}).items()):
            if not method:
                method = client.get_method(resourceId=resource["id"], httpMethod=verb, **which)
            integration = method.get("methodIntegration") or {}
            said = [f"{verb} {resource['path']}", *(["mapped"] if integration.get("type") == "AWS" else [])]
            asynchronous = (integration.get("requestParameters") or {}).get(_HOW) == "'Event'"
            way = Way.ASYNCHRONOUS if asynchronous else Way.SYNCHRONOUS
            _lead(reading, thing, integration.get("uri", ""), said, stages, way)
    for authorizer in client.get_authorizers(**which)["items"]:
        _lead(reading, thing, authorizer.get("authorizerUri", ""), [f"authorizer {authorizer['name']}"], stages)


def http_apis(reading: Reading) -> None:
    """HTTP APIs, by name."""
    client = reading.aws("apigatewayv2")
    found: list[Any] = []
    for name in reading.names("http-api"):
        with reading.looking("apigatewayv2", name):
            found.append(client.get_api(ApiId=name))
    for api in sorted(found, key=lambda each: str(each["Name"])):
        with reading.looking("apigatewayv2", api["Name"]):
            _http_api(reading, client, api)


def _http_api(reading: Reading, client: Any, api: Any) -> None:
    which = {"ApiId": api["ApiId"]}
    stages = client.get_stages(**which)["Items"]
    kind = "HTTP API" if api["ProtocolType"] == "HTTP" else "WebSocket API"
    thing = Thing(f"http-api {api['ApiId']}", kind, api["Name"], _named(each["StageName"] for each in stages))
    integrations = {each["IntegrationId"]: each for each in client.get_integrations(**which)["Items"]}
    routes = sorted(client.get_routes(**which)["Items"], key=lambda each: str(each["RouteKey"]))
    for route in routes:
        integration = integrations.get(route.get("Target", "").rpartition("/")[2], {})
        version = integration.get("PayloadFormatVersion")
        said = [route["RouteKey"], *([f"payload {version}"] if version else [])]
        _lead(reading, thing, integration.get("IntegrationUri", ""), said, stages)
    used = {route["AuthorizerId"] for route in routes if route.get("AuthorizerId")}
    authorizers = [client.get_authorizer(AuthorizerId=each, **which) for each in used]
    for authorizer in sorted(authorizers, key=lambda each: str(each["Name"])):
        _lead(reading, thing, authorizer.get("AuthorizerUri", ""), [f"authorizer {authorizer['Name']}"], stages)


def _named(stages: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"stage {name}" for name in sorted(stages)) or ("no stage yet",)


def _lead(
    reading: Reading, api: Thing, uri: str, said: list[str], stages: list[Any], way: Way = Way.SYNCHRONOUS
) -> None:
    """An arrow to the function that a URI names, or to each that a stage puts in its place."""
    match = _FUNCTION_IN_URI.search(uri)
    arn = match[1] if match else uri
    if not arn.startswith("arn:") or ":function:" not in arn:
        return
    for stage in stages if "${stageVariables." in arn else [{}]:
        name = stage.get("stageName") or stage.get("StageName")
        called = arn
        for variable, value in (stage.get("variables") or stage.get("StageVariables") or {}).items():
            called = called.replace(f"${{stageVariables.{variable}}}", value)
        function, qualifier = end(called)
        more = [*words.qualified(qualifier), *([f"in {name}"] if name else [])]
        reading.draft.arrow(api, function, way, [*said, *more])
