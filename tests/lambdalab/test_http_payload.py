"""HTTP in payload format 2.0, compared with what AWS documents."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from lambdalab.http_payload import (
    PRELUDE_END,
    WITH_PRELUDE,
    Caller,
    HttpRequest,
    HttpResponse,
    MalformedResponse,
    event,
    response,
    streamed_response,
)

if TYPE_CHECKING:
    from collections.abc import Callable

URL_ID = "x" * 32
DOMAIN = f"{URL_ID}.lambda-url.us-east-1.on.aws"


def made(method: str = "GET", path: str = "/", query: str = "", body: bytes = b"", **more: Any) -> dict[str, Any]:
    headers = {name.replace("_", "-"): value for name, value in more.items()}
    request = HttpRequest(method, path, query, headers, body)
    return event(request, domain_name=DOMAIN, request_id="id", now=1631055022.677)


def said(answer: Any) -> HttpResponse:
    return response(json.dumps(answer).encode())


# A request → an event ---------------------------------------------------------------------------------------------


def test_an_event_is_as_aws_documents_it() -> None:
    assert made("POST", "/my/path", "a=1&a=2&b=c%20d", b"hello", content_type="text/plain", user_agent="agent") == {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/my/path",
        "rawQueryString": "a=1&a=2&b=c%20d",
        "headers": {
            "content-type": "text/plain",
            "host": DOMAIN,
            "user-agent": "agent",
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        },
        "queryStringParameters": {"a": "1,2", "b": "c d"},
        "requestContext": {
            "accountId": "anonymous",
            "apiId": URL_ID,
            "domainName": DOMAIN,
            "domainPrefix": URL_ID,
            "http": {
                "method": "POST",
                "path": "/my/path",
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "agent",
            },
            "requestId": "id",
            "routeKey": "$default",
            "stage": "$default",
            "time": "07/Sep/2021:22:50:22 +0000",
            "timeEpoch": 1631055022677,
        },
        "body": "hello",
        "isBase64Encoded": False,
    }


def test_missing_parts_of_a_request_are_not_in_the_event() -> None:
    assert made().keys().isdisjoint({"body", "cookies", "queryStringParameters"})


def test_cookies_are_a_list_and_in_the_headers_as_well() -> None:
    found = made(cookie="a=1; b=2")
    assert found["cookies"] == ["a=1", "b=2"]
    assert found["headers"]["cookie"] == "a=1; b=2"


def test_the_path_stays_encoded() -> None:
    assert made(path="/a%2Fb%20c")["rawPath"] == "/a%2Fb%20c"


@pytest.mark.source("Function URL", "binary bodies in requests")
@pytest.mark.parametrize(
    ("content_type", "encoded"),
    [
        ("text/csv", False),
        ("application/json; charset=utf-8", False),
        ("application/xml", False),
        ("application/javascript", False),
        ("application/x-www-form-urlencoded", True),
        ("image/png", True),
        ("", True),
    ],
)
def test_a_body_that_is_not_text_is_base64(content_type: str, encoded: bool) -> None:
    found = made("POST", body=b"a=1", **({"content_type": content_type} if content_type else {}))
    assert found["isBase64Encoded"] is encoded
    assert found["body"] == (base64.b64encode(b"a=1").decode() if encoded else "a=1")


def test_the_caller_of_a_signed_request_is_named() -> None:
    request = HttpRequest("GET", "/", "", {})
    caller = Caller("AKIA", "123456789012", "AIDA", "arn:aws:iam::123456789012:user/ada")
    context = event(request, domain_name=DOMAIN, request_id="id", now=0, caller=caller)["requestContext"]
    assert context["accountId"] == "123456789012"
    assert context["authorizer"]["iam"] == {
        "accessKey": "AKIA",
        "accountId": "123456789012",
        "callerId": "AIDA",
        "cognitoIdentity": None,
        "principalOrgId": None,
        "userArn": "arn:aws:iam::123456789012:user/ada",
        "userId": "AIDA",
    }


# An answer → a response -------------------------------------------------------------------------------------------


@pytest.mark.source("Function URL", "responses inferred in format 2.0")
@pytest.mark.parametrize("answer", ["Hello, world!", {"message": "Hello"}, [1, 2], 7, None])
def test_output_without_a_status_code_is_the_body(answer: Any) -> None:
    assert said(answer) == HttpResponse(200, (("content-type", "application/json"),), json.dumps(answer).encode())


def test_output_with_a_status_code_is_the_response() -> None:
    answer = {"statusCode": 201, "headers": {"Content-Type": "text/html", "X-Number": 5}, "body": "<p>"}
    assert said(answer) == HttpResponse(201, (("content-type", "text/html"), ("x-number", "5")), b"<p>")


def test_json_is_the_default_content_type() -> None:
    assert said({"statusCode": 200, "body": "<p>"}).headers == (("content-type", "application/json"),)


def test_each_cookie_becomes_a_header() -> None:
    headers = said({"statusCode": 200, "cookies": ["a=1; Max-Age=5", "b=2"]}).headers
    assert headers[1:] == (("set-cookie", "a=1; Max-Age=5"), ("set-cookie", "b=2"))


@pytest.mark.source("Function URL", "binary responses (isBase64Encoded)")
def test_a_binary_body_is_base64() -> None:
    assert said({"statusCode": 200, "body": "AAE=", "isBase64Encoded": True}).body == b"\0\1"


def test_a_status_code_may_be_a_string_and_a_body_an_object() -> None:
    assert said({"statusCode": "302", "body": {}}) == HttpResponse(302, (("content-type", "application/json"),), b"{}")


@pytest.mark.parametrize(
    "answer",
    [
        {"statusCode": "fine"},
        {"statusCode": None},
        {"statusCode": 1000},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "headers": {"a": ["b"]}},
        {"statusCode": 200, "headers": {"a": "b\r\nc: d"}},
        {"statusCode": 200, "headers": {"a\r\nb": "c"}},
        {"statusCode": 200, "cookies": "a=1"},
        {"statusCode": 200, "body": "no base64!", "isBase64Encoded": True},
    ],
)
def test_malformed_responses(answer: Any) -> None:
    with pytest.raises(MalformedResponse):
        said(answer)


# A stream → a response --------------------------------------------------------------------------------------------


def test_a_stream_is_passed_through() -> None:
    assert streamed_response(b"bytes", "text/plain") == HttpResponse(200, (("content-type", "text/plain"),), b"bytes")
    assert streamed_response(b'{"statusCode":404}').status == 200


def test_the_prelude_of_a_stream_has_status_and_headers() -> None:
    prelude = json.dumps({"statusCode": 418, "headers": {"Content-Type": "text/html"}, "cookies": ["a=1"]}).encode()
    found = streamed_response(prelude + PRELUDE_END + b"<p>", "application/vnd.awslambda.http-integration-response")
    assert found == HttpResponse(418, (("content-type", "text/html"), ("set-cookie", "a=1")), b"<p>")


def test_a_stream_without_its_prelude_is_malformed() -> None:
    with pytest.raises(MalformedResponse):
        streamed_response(b"<p>", "application/vnd.awslambda.http-integration-response")


@pytest.mark.parametrize("answer", [response, lambda deep: streamed_response(deep + PRELUDE_END, WITH_PRELUDE)])
def test_output_that_is_nested_too_deeply_is_malformed(answer: Callable[[bytes], HttpResponse]) -> None:
    with pytest.raises(MalformedResponse):
        answer(b"[" * 100_000 + b"]" * 100_000)
