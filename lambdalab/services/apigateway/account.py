"""REST APIs in a real account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lambdalab.account_resources import (
    Creation,
    Kind,
    Named,
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
    return found(lambda: aws("apigateway").get_rest_api(restApiId=api_id))


def _listed(aws: Aws, path: str) -> Iterator[tuple[str, Tags | None]]:
    for api in pages(aws("apigateway"), "get_rest_apis", "items"):
        yield api["id"], api.get("tags") or {}


def _of_arn(resource: str) -> Named | None:
    """ARNs of both of API Gateway's APIs: "/restapis/ID" and, for HTTP APIs, "/apis/ID"."""
    root, _, rest = resource.strip("/").partition("/")
    kind = {"restapis": "rest-api", "apis": "http-api"}.get(root)
    return Named(kind, rest.partition("/")[0]) if kind else None


ACCOUNT = ServiceResources(
    "apigateway",
    kinds=(
        Kind(
            "rest-api",
            exists=not_none(_api),
            delete=deleted_by("apigateway", "delete_rest_api", "restApiId"),
            order=20,
            tags=lambda aws, name: dict((_api(aws, name) or {}).get("tags", {})),
            listed=_listed,
        ),
    ),
    creations={
        "CreateRestApi": Creation("rest-api", generated, lambda response: str(response["id"]), tags=("tags", "map"))
    },
    parts=frozenset(
        {
            *("CreateResource", "CreateDeployment", "CreateStage", "CreateModel", "CreateAuthorizer"),
            "CreateRequestValidator",
        }
    ),
    deletions={"DeleteRestApi": "rest-api"},
    names=(NameIn("restApiId", "rest-api"),),
    of_arn=_of_arn,
)
