"""HTTP APIs: which route invokes which function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lambdalab.services.apigateway.wiring import invokes, stage_facts
from lambdalab.wiring.arn_resources import called
from lambdalab.wiring.model import Resource
from lambdalab.wiring.scope import listed
from lambdalab.wiring.service_wiring import Reader, ServiceWiring

if TYPE_CHECKING:
    from lambdalab.wiring.reading import Reading


def _http_apis(reading: Reading) -> None:
    """Sorted by name: AWS generates their ids."""
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
    source = Resource(f"http-api {api['ApiId']}", kind, api["Name"], stage_facts(each["StageName"] for each in stages))
    integrations = {each["IntegrationId"]: each for each in client.get_integrations(**which)["Items"]}
    routes = sorted(client.get_routes(**which)["Items"], key=lambda each: str(each["RouteKey"]))
    for route in routes:
        integration = integrations.get(route.get("Target", "").rpartition("/")[2], {})
        version = integration.get("PayloadFormatVersion")
        words = [route["RouteKey"], *([f"payload {version}"] if version else [])]
        invokes(reading, source, integration.get("IntegrationUri", ""), words, stages)
    used = {route["AuthorizerId"] for route in routes if route.get("AuthorizerId")}
    authorizers = [client.get_authorizer(AuthorizerId=each, **which) for each in used]
    for authorizer in sorted(authorizers, key=lambda each: str(each["Name"])):
        words = [f"authorizer {authorizer['Name']}"]
        invokes(reading, source, authorizer.get("AuthorizerUri", ""), words, stages)


WIRING = ServiceWiring(
    called("apigatewayv2"),
    readers=(Reader(11, _http_apis),),
    lists={"http-api": lambda aws: listed(aws("apigatewayv2"), "get_apis", "Items", "ApiId")},
)
