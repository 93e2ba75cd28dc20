"""UpdateMethod: who may call a method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def rest(client: Callable[[str], Any]) -> Any:
    return client("apigateway")


@pytest.fixture
def where(rest: Any) -> dict[str, str]:
    """A method without an authorizer."""
    api = rest.create_rest_api(name="books")
    place = {"restApiId": api["id"], "resourceId": api["rootResourceId"], "httpMethod": "GET"}
    rest.put_method(**place, authorizationType="NONE")
    return place


def replace(**values: str) -> list[dict[str, str]]:
    return [{"op": "replace", "path": f"/{name}", "value": value} for name, value in values.items()]


def test_a_method_gets_an_authorizer(rest: Any, where: dict[str, str]) -> None:
    uri = (
        "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:f"
    )
    made = rest.create_authorizer(
        restApiId=where["restApiId"],
        name="guard",
        type="TOKEN",
        authorizerUri=f"{uri}/invocations",
        identitySource="method.request.header.Authorization",
    )["id"]
    said = rest.update_method(
        **where, patchOperations=replace(authorizationType="CUSTOM", authorizerId=made, apiKeyRequired="true")
    )
    for shown in (said, rest.get_method(**where)):
        assert (shown["authorizationType"], shown["authorizerId"], shown["apiKeyRequired"]) == ("CUSTOM", made, True)


def test_parameters_are_added_and_removed(rest: Any, where: dict[str, str]) -> None:
    name = "method.request.querystring.q"
    add = [{"op": "add", "path": f"/requestParameters/{name}", "value": "true"}]
    assert rest.update_method(**where, patchOperations=add)["requestParameters"] == {name: True}
    remove = [{"op": "remove", "path": f"/requestParameters/{name}"}]
    assert rest.update_method(**where, patchOperations=remove).get("requestParameters", {}) == {}


@pytest.mark.parametrize("changes", [replace(authorizationType="CUSTOM", authorizerId="none"), replace(elsewhere="x")])
def test_an_invalid_patch_changes_nothing(rest: Any, where: dict[str, str], changes: Any) -> None:
    with pytest.raises(rest.exceptions.BadRequestException):
        rest.update_method(**where, patchOperations=changes)
    assert rest.get_method(**where)["authorizationType"] == "NONE"
