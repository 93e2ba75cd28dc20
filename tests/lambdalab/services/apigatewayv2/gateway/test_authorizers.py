"""The output of a Lambda authorizer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambdalab.http_payload import HttpRequest
from lambdalab.services.apigatewayv2.gateway.authorizers import MalformedOutput, Output, identity, read_output
from lambdalab.services.apigatewayv2.gateway.expressions import Values

ROUTE = "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/test/GET/request"


def said(answer: Any, *, simple: bool = False) -> Output:
    return read_output(json.dumps(answer).encode(), simple=simple)


def policy(effect: str, resource: str, action: str = "execute-api:Invoke") -> dict[str, Any]:
    statement = {"Action": action, "Effect": effect, "Resource": resource}
    return {"principalId": "ada", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}


@pytest.mark.parametrize(("answer", "allowed"), [(True, True), (False, False)])
def test_a_simple_response(answer: bool, allowed: bool) -> None:
    made = said({"isAuthorized": answer, "context": {"stringKey": "value", "mapKey": {"a": 1}}}, simple=True)
    assert made.allows(ROUTE) is allowed
    assert made.context == {"stringKey": "value", "mapKey": {"a": 1}}


@pytest.mark.parametrize(
    ("answer", "allowed"),
    [
        (policy("Allow", ROUTE), True),
        (policy("Allow", "arn:aws:execute-api:*:*:abcdef1234/*/GET/*"), True),
        (policy("Allow", "*", "*"), True),
        (policy("Allow", "arn:aws:execute-api:*:*:abcdef1234/*/POST/*"), False),
        (policy("Allow", ROUTE, "lambda:InvokeFunction"), False),
        (policy("Deny", ROUTE), False),
    ],
)
def test_a_policy(answer: dict[str, Any], allowed: bool) -> None:
    made = said(answer)
    assert made.allows(ROUTE) is allowed
    assert made.principal_id == "ada"


@pytest.mark.parametrize(
    ("answer", "simple"),
    [
        (None, True),
        ({}, True),
        ({"isAuthorized": "true"}, True),
        ({"isAuthorized": True, "context": "x"}, True),
        (policy("Allow", ROUTE), True),
        ({"isAuthorized": True}, False),
        ({"policyDocument": {}}, False),
        ({"principalId": "ada", "policyDocument": "{}"}, False),
        (policy("Maybe", ROUTE), False),
    ],
)
def test_malformed_output(answer: Any, simple: bool) -> None:
    with pytest.raises(MalformedOutput):
        said(answer, simple=simple)


def test_every_identity_source_is_required() -> None:
    values = Values(
        HttpRequest("GET", "/", "name=ada&empty=", {"authorization": "secret"}), context={"routeKey": "GET /"}
    )
    sources = ["$request.header.Authorization", "$request.querystring.name", "$context.routeKey"]
    assert identity(sources, values) == ["secret", "ada", "GET /"]
    assert identity([], values) == []
    assert identity([*sources, "$request.header.none"], values) is None
    assert identity(["$request.querystring.empty"], values) is None
