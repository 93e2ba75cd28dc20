"""HTTP APIs in a real account. Their ARNs are API Gateway's: the room of REST APIs reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lambdalab.account_resources import (
    Creation,
    Kind,
    NameIn,
    ServiceResources,
    deleted_by,
    found,
    generated,
    not_none,
    pages,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdalab.account_resources import Aws, Tags


def _api(aws: Aws, api_id: str) -> Any:
    return found(lambda: aws("apigatewayv2").get_api(ApiId=api_id))


def _listed(aws: Aws, path: str) -> Iterator[tuple[str, Tags | None]]:
    for api in pages(aws("apigatewayv2"), "get_apis", "Items"):
        yield api["ApiId"], api.get("Tags") or {}


ACCOUNT = ServiceResources(
    "apigatewayv2",
    kinds=(
        Kind(
            "http-api",
            exists=not_none(_api),
            delete=deleted_by("apigatewayv2", "delete_api", "ApiId"),
            order=21,
            tags=lambda aws, name: dict((_api(aws, name) or {}).get("Tags", {})),
            listed=_listed,
        ),
    ),
    creations={
        "CreateApi": Creation("http-api", generated, lambda response: str(response["ApiId"]), tags=("Tags", "map"))
    },
    parts=frozenset(
        {
            *("CreateRoute", "CreateIntegration", "CreateStage", "CreateDeployment", "CreateAuthorizer", "CreateModel"),
            *("CreateRouteResponse", "CreateIntegrationResponse"),
        }
    ),
    deletions={"DeleteApi": "http-api"},
    names=(NameIn("ApiId", "http-api"),),
)
