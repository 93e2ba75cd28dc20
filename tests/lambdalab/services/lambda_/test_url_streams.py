"""Function URLs in mode RESPONSE_STREAM: what the function streams is with the client at once."""

from __future__ import annotations

import contextlib
import json
from http.client import HTTPConnection, HTTPResponse, IncompleteRead
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.lambdalab.gate import NODE, Gate

from .test_streaming import Ends
from .test_urls import open_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lambdalab import Lab

    Maker = Callable[..., Any]

PRELUDE = "stream = awslambda.HttpResponseStream.from(stream, {});"
PROMISE = "stream.setContentType('application/vnd.awslambda.http-integration-response');"


@pytest.fixture
def url(lab: Lab, create: Maker, aws_lambda: Any) -> Maker:
    """Makes a public function from the body of a streaming handler; the address of its URL."""

    def make(body: str, *, mode: str = "RESPONSE_STREAM", cors: Any = None, **settings: Any) -> str:
        handler = f"awslambda.streamifyResponse(async (event, stream) => {{ {body} }})"
        create({"app.js": f"{NODE} exports.handler = {handler};"}, Runtime="nodejs22.x", **settings)
        open_up(aws_lambda)
        config = {"Cors": cors} if cors else {}
        made = aws_lambda.create_function_url_config(FunctionName="hello", AuthType="NONE", InvokeMode=mode, **config)
        return lab.url(made["FunctionUrl"])

    return make


@contextlib.contextmanager
def get(url: str, method: str = "GET", headers: dict[str, str] | None = None) -> Iterator[HTTPResponse]:
    """The response as soon as its head is there; its body is read as it comes."""
    parts = urlsplit(url)
    assert parts.hostname
    connection = HTTPConnection(parts.hostname, parts.port, timeout=20)
    try:
        connection.request(method, f"{parts.path}?{parts.query}", headers=headers or {})
        with connection.getresponse() as response:
            yield response
    finally:
        connection.close()


def prelude(**metadata: Any) -> str:
    return PRELUDE.format(json.dumps(metadata))


@pytest.mark.source("Function URL", "response streaming")
def test_status_headers_and_each_piece_come_at_once(url: Maker) -> None:
    body = prelude(statusCode=201, headers={"X-Mine": "yes"}, cookies=["a=1"]) + (
        "const gate = Number(event.queryStringParameters.gate);"
        "stream.write('one'); await atGate(gate); stream.end('two');"
    )
    with Gate() as gate, get(f"{url(body)}?gate={gate.port}") as response:
        assert (response.status, response.getheader("x-mine"), response.getheader("set-cookie")) == (201, "yes", "a=1")
        assert response.getheader("transfer-encoding") == "chunked"
        assert response.getheader("content-length") is None
        assert response.getheader("x-amzn-requestid")
        assert response.read1() == b"one"
        gate.open()  # the function has waited for this
        assert response.read() == b"two"


def test_without_a_prelude_the_content_type_is_the_streams(url: Maker) -> None:
    with get(url("stream.setContentType('text/event-stream'); stream.end('data: 1');")) as response:
        assert (response.status, response.getheader("content-type")) == (200, "text/event-stream")
        assert response.read() == b"data: 1"


@pytest.mark.source("Function URL", "invoke modes")
def test_a_url_in_buffered_mode_gets_the_stream_whole(url: Maker) -> None:
    made = url("stream.setContentType('application/json'); stream.write('{\"a\"'); stream.end(':1}');", mode="BUFFERED")
    with get(made) as response:
        assert response.getheader("content-length") == "7"
        assert json.loads(response.read()) == {"a": 1}


@pytest.mark.source("Function URL", "a stream that fails in the middle")
def test_a_failure_in_the_middle_is_an_incomplete_response(url: Maker) -> None:
    body = prelude(statusCode=200) + "stream.write('some'); await null; throw new Error('torn');"
    with get(url(body)) as response:
        assert response.status == 200
        with pytest.raises(IncompleteRead) as caught:
            response.read()
        assert caught.value.partial == b"some"


def test_an_empty_stream_is_an_empty_response(url: Maker) -> None:
    with get(url("stream.end();")) as response:
        assert (response.status, response.read()) == (200, b"")


def test_a_stream_may_be_all_prelude(url: Maker) -> None:
    """It takes a write of nothing: AWS's client sends the prelude before the first write, and never without one."""
    with get(url(prelude(statusCode=403) + "stream.write(''); stream.end();")) as response:
        assert (response.status, response.read()) == (403, b"")


def test_a_failure_before_the_first_piece_is_a_bad_gateway(url: Maker) -> None:
    with get(url("throw new Error('early');")) as response:
        assert (response.status, response.read()) == (502, b"Internal Server Error")


@pytest.mark.parametrize(
    "body",
    [
        PROMISE + "stream.end();",
        PROMISE + "stream.end('no prelude');",
        PROMISE + "stream.end('[]' + '\\0'.repeat(8));",
        prelude(statusCode="fine") + "stream.end('x');",
        prelude(headers={"A b": "c"}) + "stream.end('x');",
    ],
)
def test_what_is_no_prelude_is_a_bad_gateway(body: str, url: Maker) -> None:
    with get(url(body)) as response:
        assert (response.status, response.read()) == (502, b"Internal Server Error")


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_a_response_without_a_body_has_none(method: str, status: int, url: Maker) -> None:
    made = url(prelude(statusCode=status) + "stream.write('never'); stream.end('seen');")
    with get(made, method) as response:
        assert (response.status, response.read()) == (status, b"")
        assert response.getheader("transfer-encoding") is None


def test_the_cors_configuration_holds_for_streams(url: Maker) -> None:
    origin = "https://page.example"
    body = prelude(headers={"access-control-allow-origin": "https://other.example"}) + "stream.end('x');"
    with get(url(body, cors={"AllowOrigins": [origin]}), headers={"Origin": origin}) as response:
        assert response.headers.get_all("access-control-allow-origin") == [origin]


def test_the_function_knows_the_request_id_of_the_response(url: Maker) -> None:
    with get(url("stream.end(event.requestContext.requestId);")) as response:
        assert response.read().decode() == response.getheader("x-amzn-requestid")


def test_a_client_that_goes_away_does_not_end_the_function(lab: Lab, url: Maker) -> None:
    body = (
        "const gate = Number(event.queryStringParameters.gate); stream.write('one'); await atGate(gate);"
        "for (let i = 0; i < 99; i++) stream.write('x'.repeat(1e5)); stream.end();"
    )
    made, ends = url(body), Ends(lab)
    with Gate() as gate:
        with get(f"{made}?gate={gate.port}") as response:
            assert response.read1() == b"one"
        gate.open()
    assert ends.wait().error_type is None
    (environment,) = lab.engine.environments()
    assert environment.state in ("running", "idle"), "it has not been ended"
