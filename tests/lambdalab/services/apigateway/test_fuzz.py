"""Random requests to an API: never a crash, never an error that AWS would not give, never access to the lab itself."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdalab.endpoint.public_endpoints import API
from lambdalab.http_payload import HttpRequest
from tests.lambdalab.endpoint.test_access import LIST_FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab

    from .conftest import Api

FUZZ = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
ECHO = """
import json
def handler(event, context):
    assert json.loads(json.dumps(event)) == event
    return {"statusCode": 200, "headers": {"X-Ran": "yes"}, "body": json.dumps(event)}
"""
printable = st.characters(min_codepoint=0x21, max_codepoint=0x7E)
paths = st.one_of(
    st.text(printable, max_size=40).map(lambda text: text.replace("#", "").replace("?", "")),
    st.lists(
        st.sampled_from(
            [
                "..",
                ".",
                "",
                "%2e%2e",
                "%2f",
                "pets",
                "7",
                "{id}",
                "%00",
                "%ff",
                "%",
                "prod",
                "~",
                ";a=b",
                "_aws",
                "moto-api",
                "2015-03-31",
                "functions",
            ]
        ),
        max_size=8,
    ).map("/".join),
)
queries = st.text(printable, max_size=40).map(lambda text: text.replace("#", ""))
names = st.one_of(
    st.sampled_from(
        ["Accept", "Content-Type", "X-Api-Key", "Authorization", "Cookie", "Expect", "TE", "X-Forwarded-For"]
    ),
    st.text(st.sampled_from("abcXYZ-_09!"), min_size=1, max_size=12),
)
values = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=30)
headers = st.lists(st.tuples(names, values), max_size=6)
methods = st.sampled_from(
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW", "get", "CONNECT"]
)
bodies = st.one_of(st.binary(max_size=60), st.sampled_from([b"{}", b'{"name": "Rex"}', b'{"name": 7}', b"[1", b"\xff"]))


@pytest.fixture
def open_api(api: Api, function: Callable[..., Any]) -> Api:
    """An API with everything that reads a request: models, templates, authorizers, keys."""
    echo = function("echo", ECHO)
    api.method("/{proxy+}", "ANY", echo)
    api.mock("/mock/{a}", "ANY", **{"X-A": "context.path"})
    never = {"op": "replace", "path": "/passthroughBehavior", "value": "NEVER"}  # else a MOCK is a 500, as on AWS
    control = api.control
    control.update_integration(**api.of("/mock/{a}", "ANY"), patchOperations=[never])
    control.create_model(
        restApiId=api.id,
        name="Pet",
        contentType="application/json",
        schema=json.dumps({"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}),
    )
    validator = control.create_request_validator(
        restApiId=api.id, name="all", validateRequestBody=True, validateRequestParameters=True
    )
    control.put_method(
        **api.of("/mapped/{id}", "ANY"),
        authorizationType="NONE",
        requestValidatorId=validator["id"],
        requestModels={"application/json": "Pet"},
    )
    template = (
        '#set($all = $input.params()){"statusCode": 200, "a": "$util.escapeJavaScript($input.params(\'id\'))"}'
        "#foreach($kind in $all.keySet())#foreach($name in $all.get($kind).keySet())"
        "#set($x = $util.escapeJavaScript($all.get($kind).get($name)))#end#end"
    )
    templates = {"application/json": template}
    api.integrate("/mapped/{id}", "ANY", type="MOCK", requestTemplates=templates, passthroughBehavior="NEVER")
    api.respond("/mapped/{id}", "ANY", responseTemplates={"application/json": "$input.params('id') $context.path"})
    api.deploy()
    return api


def exchange(lab: Lab, method: str, target: str, lines: list[tuple[str, str]], body: bytes) -> tuple[int, Any, bytes]:
    address = urlsplit(lab.endpoint_url or "")
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=20)
    connection._validate_path = lambda url: None  # type: ignore[attr-defined]  # whatever an attacker likes
    connection._validate_method = lambda name: None  # type: ignore[attr-defined]
    try:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", address.netloc)
        connection.putheader("Content-Length", str(len(body)))
        for name, value in lines:
            if name.lower() not in ("host", "content-length", "transfer-encoding", "expect", "connection"):
                connection.putheader(name, value.encode("latin-1"))
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


@FUZZ
@given(methods, paths, queries, headers, bodies)
def test_any_request_gets_a_response_that_api_gateway_gives(
    lab: Lab, open_api: Api, method: str, path: str, query: str, lines: list[tuple[str, str]], body: bytes
) -> None:
    status, answered, said = exchange(lab, method, f"{open_api.path}/prod/{path}?{query}", lines, body)
    assert status < 500, said
    if status == 200 and answered.get("X-Ran"):
        return
    assert answered.get("x-amzn-RequestId") or answered.get("x-amzn-ErrorType") or status in (400, 403, 404), answered
    assert b"Functions" not in said


@FUZZ
@given(st.sampled_from(["mapped", "mock", ""]), methods, paths, queries, headers, bodies)
def test_templates_and_models_with_any_request(
    lab: Lab, open_api: Api, first: str, method: str, path: str, query: str, lines: list[tuple[str, str]], body: bytes
) -> None:
    place = lab._parts.public_endpoints.find(API, open_api.id)
    assert place is not None
    request = HttpRequest(
        method,
        f"/prod/{first}/{path}",
        query,
        {name.lower(): value for name, value in lines},
        body,
        lines=tuple(lines),
    )
    made = place.answer(request, lambda: None, None)
    assert made is not None
    assert made.status in (200, 400, 403, 415), made.body


@FUZZ
@given(paths, st.sampled_from(["", "x", "/", "prod", "PROD", "%70rod", ".."]))
def test_the_endpoint_reaches_the_api_only(lab: Lab, open_api: Api, path: str, stage: str) -> None:
    for target in (f"{open_api.path}/{stage}/{path}", f"{open_api.path}{path}", f"/_aws/execute-api/{stage}/{path}"):
        status, _, said = exchange(lab, "GET", target, [], b"")
        assert status < 500, said
        assert b'"Functions"' not in said
    status, answered, _ = exchange(lab, "GET", f"{open_api.path}/prod/../../..{LIST_FUNCTIONS}", [], b"")
    assert (status, answered.get("X-Ran")) == (200, "yes"), "it is all the API's"
