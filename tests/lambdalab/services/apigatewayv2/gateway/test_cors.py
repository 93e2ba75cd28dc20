"""CORS of an HTTP API."""

from __future__ import annotations

from typing import Any

import pytest

from lambdalab.http_payload import HttpRequest, HttpResponse
from lambdalab.services.apigatewayv2.gateway.cors import allows, preflight, with_headers

PAGE = "https://www.example.com"
CORS: dict[str, Any] = {
    "allowOrigins": [PAGE],
    "allowMethods": ["GET", "POST"],
    "allowHeaders": ["authorization", "content-type"],
    "exposeHeaders": ["x-api-id"],
    "maxAge": 300,
}


def asked(origin: str | None = PAGE, *, method: str = "OPTIONS", wants: str | None = "POST") -> HttpRequest:
    headers = {"origin": origin, "access-control-request-method": wants}
    return HttpRequest(method, "/", "", {name: value for name, value in headers.items() if value})


@pytest.mark.source("API Gateway (HTTP)", "CORS: the API answers a preflight itself")
def test_the_response_to_a_preflight_request() -> None:
    assert preflight(CORS, asked()) == HttpResponse(
        204,
        (
            ("access-control-allow-origin", PAGE),
            ("vary", "Origin"),
            ("access-control-allow-methods", "GET,POST"),
            ("access-control-allow-headers", "authorization,content-type"),
            ("access-control-max-age", "300"),
        ),
    )


def test_an_origin_that_is_not_allowed_gets_no_headers() -> None:
    assert preflight(CORS, asked("https://evil.example")) == HttpResponse(204, ())


@pytest.mark.parametrize(
    ("cors", "request_"),
    [(None, asked()), ({}, asked()), (CORS, asked(None)), (CORS, asked(wants=None)), (CORS, asked(method="POST"))],
)
def test_other_requests_go_on_to_a_route(cors: dict[str, Any] | None, request_: HttpRequest) -> None:
    assert preflight(cors, request_) is None


@pytest.mark.source("API Gateway (HTTP)", "CORS: headers added, the function's dropped")
def test_the_configuration_wins_over_the_function_s_headers() -> None:
    answer = HttpResponse(
        200, (("content-type", "text/plain"), ("Access-Control-Allow-Origin", "https://other.example"))
    )
    assert with_headers(CORS, asked(method="GET"), answer).headers == (
        ("content-type", "text/plain"),
        ("access-control-allow-origin", PAGE),
        ("vary", "Origin"),
        ("access-control-expose-headers", "x-api-id"),
    )
    assert with_headers(CORS, asked(None, method="GET"), answer).headers == (("content-type", "text/plain"),)
    assert with_headers(None, asked(), answer) is answer, "without a configuration it is the function's matter"


def test_any_origin_is_a_star_or_with_credentials_the_origin() -> None:
    everybody = {"allowOrigins": ["*"]}
    assert with_headers(everybody, asked(), HttpResponse(200, ())).headers == (("access-control-allow-origin", "*"),)
    named = with_headers({**everybody, "allowCredentials": True}, asked(), HttpResponse(200, ()))
    assert named.headers == (
        ("access-control-allow-origin", PAGE),
        ("vary", "Origin"),
        ("access-control-allow-credentials", "true"),
    )


@pytest.mark.parametrize(
    ("allowed", "origin", "let_in"),
    [
        (["https://*"], PAGE, True),
        (["https://*"], "http://www.example.com", False),
        (["http://*"], "http://localhost:8000", True),
        ([PAGE], "https://www.example.com.evil.example", False),
        ([], PAGE, False),
    ],
)
def test_origins(allowed: list[str], origin: str, let_in: bool) -> None:
    assert allows({"allowOrigins": allowed}, origin) is let_in
