"""The events of an HTTP API, compared key by key and type by type with those that AWS's guide shows.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest

from lambdalab.http_payload import Caller, HttpRequest
from lambdalab.services.apigatewayv2.gateway.routes import Router, read
from lambdalab.services.apigatewayv2.payloads import ApiRequest, Authorized, authorizer_event, event

# The members of AWS's samples and their types; "clientCert" and "authentication" are there with mutual TLS only.
TEXTS: dict[str, Any] = {"*": str}
LISTS: dict[str, Any] = {"*": [str]}
SAMPLE_2: dict[str, Any] = {
    "version": str,
    "routeKey": str,
    "rawPath": str,
    "rawQueryString": str,
    "cookies": [str],
    "headers": TEXTS,
    "queryStringParameters": TEXTS,
    "requestContext": {
        "accountId": str,
        "apiId": str,
        "domainName": str,
        "domainPrefix": str,
        "http": {"method": str, "path": str, "protocol": str, "sourceIp": str, "userAgent": str},
        "requestId": str,
        "routeKey": str,
        "stage": str,
        "time": str,
        "timeEpoch": int,
    },
    "body": str,
    "pathParameters": TEXTS,
    "isBase64Encoded": bool,
    "stageVariables": TEXTS,
}
SAMPLE_1: dict[str, Any] = {
    "version": str,
    "resource": str,
    "path": str,
    "httpMethod": str,
    "headers": TEXTS,
    "multiValueHeaders": LISTS,
    "queryStringParameters": TEXTS,
    "multiValueQueryStringParameters": LISTS,
    "requestContext": {
        "accountId": str,
        "apiId": str,
        "authorizer": {"claims": None, "scopes": None},
        "domainName": str,
        "domainPrefix": str,
        "extendedRequestId": str,
        "httpMethod": str,
        "identity": {
            **dict.fromkeys(("accessKey", "accountId", "caller", "user", "userArn", "principalOrgId")),
            **dict.fromkeys(("cognitoAuthenticationProvider", "cognitoAuthenticationType")),
            **dict.fromkeys(("cognitoIdentityId", "cognitoIdentityPoolId")),
            "sourceIp": str,
            "userAgent": str,
        },
        "path": str,
        "protocol": str,
        "requestId": str,
        "requestTime": str,
        "requestTimeEpoch": int,
        "resourceId": str,
        "resourcePath": str,
        "stage": str,
    },
    "pathParameters": TEXTS,
    "stageVariables": TEXTS,
    "body": str,
    "isBase64Encoded": bool,
}


def of_shape(value: Any, shape: Any) -> bool:
    """Whether a value has these members, no others, and these types."""
    if shape is None or isinstance(shape, type):
        return value is None if shape is None else type(value) is shape
    if isinstance(shape, list):
        return isinstance(value, list) and all(of_shape(each, shape[0]) for each in value)
    if "*" in shape:
        return isinstance(value, dict) and all(of_shape(each, shape["*"]) for each in value.values())
    return set(value) == set(shape) and all(of_shape(value[name], shape[name]) for name in shape)


LINES = (("Header1", "value1"), ("Header2", "value1"), ("Header2", "value2"), ("Content-Type", "text/plain"))
REQUEST = HttpRequest(
    "POST",
    "/test/my/path",
    "parameter1=value1&parameter1=value2&parameter2=value",
    {
        "header1": "value1",
        "header2": "value1,value2",
        "content-type": "text/plain",
        "cookie": "cookie1=a; cookie2=b",
        "user-agent": "agent",
        "host": "127.0.0.1:5000",
    },
    b"Hello from Lambda",
    lines=LINES,
)


def received(key: str = "POST /my/{parameter1}", stage: str = "test", **changes: Any) -> ApiRequest:
    request = replace(REQUEST, **changes)
    match = Router([read(key)]).choose(request.method, "/my/path")
    assert match is not None
    return ApiRequest(
        request,
        "/my/path",
        match,
        "123456789012",
        "us-east-1",
        "abcdef1234",
        stage,
        "JKJaXmPLvHcESHA=",
        1583348638.39,
        {"stageVariable1": "value1"},
        "Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e",
    )


@pytest.mark.source("API Gateway (HTTP)", "payload format 2.0")
def test_format_2_has_the_members_of_aws_s_sample() -> None:
    made = event(received(), Authorized(), "2.0")
    assert of_shape(made, SAMPLE_2)
    assert made["rawPath"] == made["requestContext"]["http"]["path"] == "/test/my/path"
    assert made["cookies"] == ["cookie1=a", "cookie2=b"]
    assert made["headers"]["header2"] == "value1,value2"
    assert "cookie" not in made["headers"]
    assert made["headers"]["host"] == "abcdef1234.execute-api.us-east-1.amazonaws.com"
    assert made["headers"]["content-length"] == "17"
    assert made["queryStringParameters"] == {"parameter1": "value1,value2", "parameter2": "value"}
    assert made["pathParameters"] == {"parameter1": "path"}
    assert made["requestContext"]["time"] == "04/Mar/2020:19:03:58 +0000"
    assert made["requestContext"]["timeEpoch"] == 1583348638390


def test_format_2_omits_empty_members() -> None:
    bare = received("$default", "$default", query="", body=b"", headers={"user-agent": "agent"}, lines=())
    made = event(replace(bare, stage_variables={}), Authorized(), "2.0")
    left = {"cookies", "queryStringParameters", "body", "pathParameters", "stageVariables"}
    assert set(SAMPLE_2) - set(made) == left
    assert made["rawPath"] == "/my/path"
    assert made["routeKey"] == made["requestContext"]["stage"] == "$default"


@pytest.mark.source("API Gateway (HTTP)", "payload format 1.0")
def test_format_1_has_the_members_of_aws_s_sample() -> None:
    made = event(received(), Authorized(), "1.0")
    assert of_shape(made, SAMPLE_1)
    assert made["resource"] == made["requestContext"]["resourcePath"] == "/my/{parameter1}"
    assert made["requestContext"]["resourceId"] == "POST /my/{parameter1}"
    assert made["multiValueHeaders"]["header2"] == ["value1", "value2"]
    assert made["multiValueHeaders"]["header1"] == ["value1"]
    assert made["queryStringParameters"] == {"parameter1": "value2", "parameter2": "value"}
    assert made["multiValueQueryStringParameters"] == {"parameter1": ["value1", "value2"], "parameter2": ["value"]}
    assert made["headers"]["cookie"] == "cookie1=a; cookie2=b", "format 1.0 has no cookies of its own"


def test_format_1_has_null_for_empty_members() -> None:
    bare = received("$default", "$default", query="", body=b"", headers={}, lines=())
    made = event(replace(bare, stage_variables={}), Authorized(), "1.0")
    assert set(made) == set(SAMPLE_1)
    empty = ("queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "stageVariables", "body")
    assert [made[name] for name in empty] == [None] * 5


@pytest.mark.source("API Gateway (HTTP)", "binary bodies in requests")
@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_a_body_that_is_not_text_is_base64(version: str) -> None:
    picture = received(body=b"\xff\xd8", headers={"content-type": "image/jpeg"}, lines=())
    made = event(picture, Authorized(), version)
    assert (base64.b64decode(made["body"]), made["isBase64Encoded"]) == (b"\xff\xd8", True)


WHO = Caller("AKIA", "123456789012", "AIDA", "arn:aws:iam::123456789012:user/ada")


@pytest.mark.parametrize(
    ("authorized", "in_2", "in_1"),
    [
        (
            Authorized(claims={"sub": "ada"}, scopes=["email"]),
            {"jwt": {"claims": {"sub": "ada"}, "scopes": ["email"]}},
            {"claims": {"sub": "ada"}, "scopes": ["email"]},
        ),
        (
            Authorized(context={"key": 1}, principal_id="ada"),
            {"lambda": {"key": 1}},
            {"key": 1, "principalId": "ada"},
        ),
        (Authorized(context={}), {"lambda": None}, {}),
        (
            Authorized(caller=WHO),
            {
                "iam": {
                    "accessKey": "AKIA",
                    "accountId": "123456789012",
                    "callerId": "AIDA",
                    "cognitoIdentity": None,
                    "principalOrgId": None,
                    "userArn": WHO.arn,
                    "userId": "AIDA",
                }
            },
            {"claims": None, "scopes": None},
        ),
    ],
)
def test_the_event_has_the_result_of_authorization(authorized: Authorized, in_2: Any, in_1: Any) -> None:
    assert event(received(), authorized, "2.0")["requestContext"]["authorizer"] == in_2
    assert event(received(), authorized, "1.0")["requestContext"]["authorizer"] == in_1


@pytest.mark.source("API Gateway (HTTP)", "Lambda authorizer: payload formats 1.0 and 2.0")
def test_the_event_of_an_authorizer() -> None:
    two = authorizer_event(received(), "2.0", ["user1", "123"])
    shape = {name: kind for name, kind in SAMPLE_2.items() if name not in ("body", "isBase64Encoded")}
    assert of_shape(two, {**shape, "type": str, "routeArn": str, "identitySource": [str]})
    assert two["routeArn"] == "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/test/POST/my/path"
    one = authorizer_event(received(), "1.0", ["user1", "123"])
    assert one["methodArn"] == two["routeArn"]
    assert one["identitySource"] == one["authorizationToken"] == "user1,123"
    assert (one["type"], one["version"], one["resource"]) == ("REQUEST", "1.0", "/my/{parameter1}")
    assert "body" not in one


def test_the_source_arn_for_the_function_s_policy() -> None:
    own = "arn:aws:execute-api:us-east-1:123456789012:abcdef1234"
    assert received("ANY /my/{proxy+}").route_arn == f"{own}/test/POST/my/{{proxy+}}"
    assert received("$default", "$default").route_arn == f"{own}/$default/$default"
