"""Parameter mapping, of requests and responses."""

from __future__ import annotations

from typing import Any

import pytest

from lambdalab.http_payload import HttpRequest, HttpResponse
from lambdalab.services.apigatewayv2.gateway.expressions import Values, fill, find
from lambdalab.services.apigatewayv2.gateway.mapping import (
    InvalidMapping,
    change_request,
    change_response,
    check_request,
    check_response,
)

REQUEST = HttpRequest(
    "POST",
    "/prod/pets/6",
    "type=dog&type=cat&debug=1",
    {"header1": "value1", "x-other": "kept"},
    b'{"pet": {"names": ["Rex", "Max"], "age": 3}}',
)
VALUES = Values(
    REQUEST,
    "/pets/6",
    {"petId": "6"},
    {"environmentId": "blue"},
    {"requestId": "id=", "identity": {"sourceIp": "127.0.0.1"}, "authorizer": {"tier": 2}},
    HttpResponse(500, (("content-type", "text/plain"), ("x-inner", "secret")), b'{"code": 7}'),
)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("$request.header.Header1", "value1"),
        ("$request.header.none", None),
        ("$request.querystring.type", "dog,cat"),
        ("$request.querystring.Type", None),
        ("$request.body.pet.names[1]", "Max"),
        ("$request.body.pet.age", "3"),
        ("$request.body.pet.names", '["Rex","Max"]'),
        ("$request.body.none.there", None),
        ("$request.path", "/pets/6"),
        ("$request.path.petId", "6"),
        ("$context.identity.sourceIp", "127.0.0.1"),
        ("$context.authorizer.tier", "2"),
        ("$stageVariables.environmentId", "blue"),
        ("$response.header.Content-Type", "text/plain"),
        ("$response.body.code", "7"),
        ("$elsewhere.x", None),
    ],
)
def test_expressions(expression: str, value: str | None) -> None:
    assert find(expression, VALUES) == value
    assert fill(f"a ${{{expression[1:]}}} b", VALUES) == f"a {value or ''} b"


def test_a_plain_text_stays_as_it_is() -> None:
    assert fill("costs $5", VALUES) == "costs $5"


@pytest.mark.source("API Gateway (HTTP)", "parameter mapping of requests")
def test_a_request_is_changed() -> None:
    changed, path = change_request(
        {
            "append:header.header1": "$context.requestId",
            "overwrite:header.header2": "${request.path.petId}!",
            "remove:header.x-other": "''",
            "append:querystring.type": "bird",
            "remove:querystring.debug": "''",
            "overwrite:path": "/animals/$request.path.petId",
        },
        VALUES,
    )
    assert changed.headers == {"header1": "value1,id=", "header2": "6!"}
    assert changed.query == "type=dog&type=cat&type=bird"
    assert path == "/animals/$request.path.petId", "an expression inside a text needs braces"
    assert change_request({}, VALUES)[0].query == REQUEST.query, "to the letter"


@pytest.mark.source("API Gateway (HTTP)", "parameter mapping of responses")
def test_a_response_is_changed_by_its_status() -> None:
    changed = change_response(
        {
            "500": {
                "overwrite:statuscode": "403",
                "append:header.header1": "$context.requestId",
                "remove:header.x-inner": "''",
            },
            "404": {"append:header.error": "$stageVariables.environmentId"},
        },
        VALUES,
    )
    assert changed == HttpResponse(403, (("content-type", "text/plain"), ("header1", "id=")), b'{"code": 7}')


def test_a_value_stays_on_one_line() -> None:
    values = Values(HttpRequest("GET", "/", "x=a%0d%0aset-cookie:b", {}), response=HttpResponse(200, ()))
    changed = change_response({"200": {"append:header.x": "$request.querystring.x"}}, values)
    assert changed.headers == (("x", "a  set-cookie:b"),)


@pytest.mark.parametrize(
    "key",
    ["append:header.Authorization", "overwrite:header.x-amzn-trace-id", "remove:header.Access-Control-Allow-Origin"],
)
def test_some_headers_are_reserved(key: str) -> None:
    name = key.partition(".")[2].lower()
    for check, parameters in ((check_request, {key: "x"}), (check_response, {"200": {key: "x"}})):
        with pytest.raises(InvalidMapping, match=f"Operations on header {name} are restricted"):
            check(parameters)  # type: ignore[operator]


@pytest.mark.parametrize(
    "key", ["header.x", "append:body.x", "append:path", "overwrite:header.", "overwrite:header.a b"]
)
def test_invalid_request_mappings(key: str) -> None:
    with pytest.raises(InvalidMapping):
        check_request({key: "x"})


@pytest.mark.parametrize(
    "parameters", [{"20": {}}, {"200": {"append:querystring.x": "y"}}, {"100": {}}, {"200": {"overwrite:path": "/"}}]
)
def test_invalid_response_mappings(parameters: dict[str, Any]) -> None:
    with pytest.raises(InvalidMapping):
        check_response(parameters)
