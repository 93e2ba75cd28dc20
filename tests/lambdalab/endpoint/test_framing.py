"""Requests that are none, or not whole: on a raw socket, as no client library would send them."""

from __future__ import annotations

import contextlib
import http.client
import io
import socket
from email.message import Message
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdalab.endpoint import server
from lambdalab.endpoint.framing import ChunkedBody, MalformedBody, body, problem
from lambdalab.runtime import InvocationStarted

from ..services.lambda_.test_urls import open_up

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from lambdalab import Lab

    Maker = Callable[..., Any]
    Send = Callable[..., bytes]

ECHO = (
    "def handler(event, context): return {'statusCode': 200, 'body': event['rawPath'] + ' ' + event.get('body', '-')}"
)
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def send(lab: Lab, create: Maker, aws_lambda: Any) -> Send:
    """Sends bytes to a function's URL, HEAD being the head's beginning, and reads until the server hangs up."""
    create(ECHO)
    open_up(aws_lambda)
    url = urlsplit(lab.url(aws_lambda.create_function_url_config(FunctionName="hello", AuthType="NONE")["FunctionUrl"]))
    assert url.hostname

    def exchange(*parts: bytes, hang_up: bool = False) -> bytes:
        head = f"{url.path} HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Type: text/plain\r\n".encode()
        with socket.create_connection((url.hostname, url.port or 0), timeout=20) as client:
            for part in parts:
                client.sendall(part.replace(b" HEAD", b" " + head).replace(b"PATH", url.path.encode()))
            if hang_up:
                client.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: client.recv(65536), b""))

    return exchange


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def runs(lab: Lab) -> int:
    return sum(isinstance(event, InvocationStarted) for event in lab.events())


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (b"POST HEADContent-Length: 3\r\n\r\nabc", b"/ abc"),
        (b"POST HEAD" + CHUNKED + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", b"/ abcde"),
        (b"POST HEAD" + CHUNKED + b'3;a="b"\r\nabc\r\n0\r\n\r\n', b"/ abc"),
        (b"POST HEAD" + CHUNKED + b"3\r\nabc\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n", b"/ abc"),
        (b"POST HEADContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", b"/ abc"),
        (b"GET HEADX-Long: " + b"a" * 60_000 + b"\r\n\r\n", b"/ -"),
    ],
)
def test_what_is_a_request_is_answered(request_: bytes, expected: bytes, send: Send) -> None:
    answer = send(request_)
    assert status(answer) == 200
    assert answer.endswith(b"\r\n\r\n" + expected)


@pytest.mark.parametrize(
    "request_",
    [
        b"POST HEADContent-Length: abc\r\n\r\nabc",
        b"POST HEADContent-Length: -1\r\n\r\nabc",
        b"POST HEADContent-Length: +3\r\n\r\nabc",
        b"POST HEADContent-Length: 3, 3\r\n\r\nabc",
        b"POST HEADContent-Length: \xb3\r\n\r\nabc",
        b"POST HEADContent-Length: 3\r\nContent-Length: 1\r\n\r\nabc",
        b"POST HEADContent-Length: 3\r\n" + CHUNKED + b"3\r\nabc\r\n0\r\n\r\n",
        b"POST HEADTransfer-Encoding: gzip\r\n\r\nabc",
        b"POST HEADTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"POST HEAD" + CHUNKED + b"zz\r\nabc\r\n0\r\n\r\n",
        b"POST HEAD" + CHUNKED + b"+3\r\nabc\r\n0\r\n\r\n",
        b"POST HEAD" + CHUNKED + b"0x3\r\nabc\r\n0\r\n\r\n",
        b"POST HEAD" + CHUNKED + b"2\r\nabc\r\n0\r\n\r\n",
        b"GET HEADNo colon\r\nContent-Length: 3\r\n\r\n",
        b"GET HEADX : y\r\n\r\n",
        b"GET HEADX: a\0b\r\n\r\n",
        b"GET HEADX: a\r\n folded\r\n\r\n",
        b"GARBAGE\r\n\r\n",
        b"GET PATH\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ],
)
def test_what_is_none_is_refused_and_runs_nothing(request_: bytes, send: Send, lab: Lab) -> None:
    answer = send(request_)
    assert answer.startswith(b"HTTP/1.")
    assert status(answer) == 400
    assert runs(lab) == 0


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (b"GET HEADX: " + b"a" * 70_000 + b"\r\n\r\n", 431),
        (b"GET HEAD" + b"X: y\r\n" * 150 + b"\r\n", 431),
        (b"GET PATH" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    ],
)
def test_what_is_too_much_is_refused_with_its_own_status(request_: bytes, expected: int, send: Send) -> None:
    assert status(send(request_, hang_up=True)) == expected


@pytest.mark.parametrize(
    "request_",
    [
        b"POST HEADContent-Length: 10\r\n\r\nabc",
        b"POST HEAD" + CHUNKED + b"5\r\nabc",
        b"POST HEAD" + CHUNKED + b"3\r\nabc\r\n",
        b"POST HEAD" + CHUNKED + b"3\r\nabc\r\n0\r\n",
    ],
)
def test_half_a_body_runs_nothing(request_: bytes, send: Send, lab: Lab) -> None:
    assert status(send(request_, hang_up=True)) == 400
    assert runs(lab) == 0


def test_a_client_that_closed_its_half_gets_its_answer(send: Send) -> None:
    assert status(send(b"POST HEADContent-Length: 3\r\n\r\nabc", hang_up=True)) == 200


def test_a_pipelined_request_is_not_answered_and_not_waited_for(send: Send, lab: Lab) -> None:
    """The first answer says Connection: close, and the connection is closed: a client sends the rest again."""
    answer = send(b"GET HEAD\r\nGET HEAD\r\n")
    assert answer.count(b"HTTP/1.1 200") == 1
    assert answer.lower().count(b"connection: close") == 1
    assert runs(lab) == 1


def test_what_is_sent_after_a_request_is_not_waited_for(send: Send) -> None:
    assert status(send(b"GET HEAD\r\n" + b"x" * 200_000)) == 200


def test_a_refused_body_is_not_waited_for(send: Send) -> None:
    assert (
        status(send(b"POST /nobodys HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1_000_000)) == 403
    )


@pytest.mark.parametrize("request_", [b"", b"GET HEA", b"GET HEADX: y", b"POST HEADContent-Length: 10\r\n\r\nabc"])
def test_a_client_that_says_nothing_more_is_hung_up_on(
    request_: bytes, send: Send, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server._Handler, "timeout", 0.1)
    assert send(request_) == b""
    assert runs(lab) == 0


def test_a_client_of_http_1_0_gets_no_chunks(lab: Lab, create: Maker, aws_lambda: Any) -> None:
    source = "exports.handler = awslambda.streamifyResponse(async (event, stream) => { stream.end('all'); });"
    create({"app.js": source}, Runtime="nodejs22.x")
    open_up(aws_lambda)
    made = aws_lambda.create_function_url_config(FunctionName="hello", AuthType="NONE", InvokeMode="RESPONSE_STREAM")
    url = urlsplit(lab.url(made["FunctionUrl"]))
    assert url.hostname
    with socket.create_connection((url.hostname, url.port or 0), timeout=20) as client:
        client.sendall(f"GET {url.path} HTTP/1.0\r\nHost: {url.netloc}\r\n\r\n".encode())
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    assert answer.endswith(b"\r\n\r\nall")
    assert b"chunked" not in answer


# The reader of bodies ---------------------------------------------------------------------------------------------


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=5), st.integers(1, 60))
def test_chunks_are_read_whatever_they_hold_and_however_they_are_asked_for(chunks: list[bytes], size: int) -> None:
    sent = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\nnext"
    stream = io.BytesIO(sent)
    reader = ChunkedBody(stream)
    assert b"".join(iter(lambda: reader.read(size), b"")) == b"".join(chunks)
    assert stream.read() == b"next", "not a byte of what follows"


@given(st.binary(max_size=60))
def test_any_bytes_are_chunks_or_malformed(sent: bytes) -> None:
    with contextlib.suppress(MalformedBody):
        assert isinstance(ChunkedBody(io.BytesIO(sent)).read(), bytes)


def test_a_body_ends_where_it_says() -> None:
    headers = Message()
    headers["Content-Length"] = "3"
    stream = io.BytesIO(b"abcnext")
    assert body(stream, headers).read() == b"abc"
    assert stream.read() == b"next"


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "multipart/form-data", "multipart/mixed"])
def test_the_head_of_a_form_with_files_is_in_order(kind: str) -> None:
    """Python's parser misses the parts, since it is shown the head only."""
    head = http.client.parse_headers(io.BytesIO(f"Content-Type: {kind}\r\nContent-Length: 3\r\n\r\n".encode()))
    assert head.defects
    assert problem(head) is None
