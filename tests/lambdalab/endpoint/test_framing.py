"""Requests that are none, or not whole: on a raw socket, as no client library would send them."""

from __future__ import annotations

import contextlib
import io
import itertools
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdalab.endpoint import connections
from lambdalab.endpoint.framing import BadRequest, ChunkedBody, Head, MalformedBody, body
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
    """Sends bytes to a function's URL, and reads until the server hangs up.

    HEAD stands for the beginning of a head, which asks for the connection to be closed; LONG_HEAD does not.
    """
    create(ECHO)
    open_up(aws_lambda)
    url = urlsplit(lab.url(aws_lambda.create_function_url_config(FunctionName="hello", AuthType="NONE")["FunctionUrl"]))
    assert url.hostname

    def exchange(*parts: bytes, hang_up: bool = False) -> bytes:
        long_head = f"{url.path} HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Type: text/plain\r\n".encode()
        head = long_head + b"Connection: close\r\n"
        with socket.create_connection((url.hostname, url.port or 0), timeout=20) as client:
            for part in parts:
                part = part.replace(b" HEAD", b" " + head).replace(b" LONG_HEAD", b" " + long_head)
                client.sendall(part.replace(b"PATH", url.path.encode()).replace(b": HOST", b": " + url.netloc.encode()))
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
        b"POST HEADContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
        b"POST HEADContent-Length: 99999999999999999999\r\n\r\nabc",
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


def test_pipelined_requests_are_answered_one_after_the_other(send: Send, lab: Lab) -> None:
    second = b"POST LONG_HEADContent-Length: 3\r\n\r\nabc"
    third = b"POST LONG_HEAD" + CHUNKED + b"2\r\nde\r\n0\r\n\r\n"
    answer = send(b"GET LONG_HEAD\r\n" + second + third + b"GET HEAD\r\n")
    bodies = [each.partition(b"\r\n\r\n")[2] for each in answer.split(b"HTTP/1.1 200 OK")[1:]]
    assert bodies == [b"/ -", b"/ abc", b"/ de", b"/ -"]
    assert answer.lower().count(b"connection: close") == 1
    assert runs(lab) == 4


@pytest.mark.parametrize(
    ("follows", "expected"),
    [(b"GARBAGE\r\n\r\n", 400), (b"GET HEADX : y\r\n\r\n", 400), (b"GET LONG_HEADX: " + b"a" * 70_000, 431)],
)
def test_what_follows_a_request_and_is_none_is_refused(follows: bytes, expected: int, send: Send, lab: Lab) -> None:
    first, _, rest = send(b"GET LONG_HEAD\r\n" + follows).partition(b"/ -")
    assert status(first) == 200
    assert status(rest) == expected
    assert runs(lab) == 1


def test_nothing_follows_a_request_that_wants_the_connection_closed(send: Send, lab: Lab) -> None:
    assert send(b"GET HEAD\r\nGET HEAD\r\n").count(b"HTTP/1.1 ") == 1
    assert runs(lab) == 1


def test_a_request_that_is_hidden_in_a_body_is_no_request(send: Send, lab: Lab) -> None:
    """The first one is refused for its Host, before anybody has read its body."""
    hidden = b"GET HEAD\r\n"
    answer = send(b"POST /nobodys HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" + hidden, hang_up=True)
    assert status(answer) == 403
    assert answer.count(b"HTTP/1.1 ") == 1
    assert runs(lab) == 0


@pytest.mark.parametrize("offer", [b"Upgrade: h2c", b"Upgrade: websocket", b"Upgrade: TLS/1.3"])
def test_an_offer_to_speak_another_protocol_is_passed_over(offer: bytes, send: Send) -> None:
    """Java's HttpClient makes one with each request that may become HTTP/2."""
    head = b"POST LONG_HEADConnection: Upgrade, HTTP2-Settings\r\n" + offer + b"\r\nHTTP2-Settings: AAEAAEAA\r\n"
    answer = send(head + b"Content-Length: 3\r\n\r\nabcGET HEAD\r\n")
    bodies = [each.partition(b"\r\n\r\n")[2] for each in answer.split(b"HTTP/1.1 200 OK")[1:]]
    assert bodies == [b"/ abc", b"/ -"]


def test_a_path_as_it_was_typed_is_encoded(send: Send) -> None:
    """curl sends it in UTF-8."""
    answer = send("GET PATHgrüße HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n".encode())
    assert answer.endswith(b"/gr%C3%BC%C3%9Fe -")


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
    monkeypatch.setattr(connections, "PATIENCE_S", 0.1)
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


@pytest.mark.parametrize("framing", [b"Content-Length: 3\r\n\r\nabc", CHUNKED + b"3\r\nabc\r\n0\r\n\r\n"])
def test_a_body_ends_where_it_says(framing: bytes) -> None:
    head, rest = read_head(b"POST / HTTP/1.1\r\n" + framing + b"next")
    stream = io.BytesIO(rest)
    reader = body(stream, head)
    assert reader.read() == b"abc"
    assert reader.left == 0
    assert stream.read() == b"next"


# The reader of heads ----------------------------------------------------------------------------------------------


def read_head(*pieces: bytes) -> tuple[Head, bytes]:
    """The head that comes in these pieces, and what is left of them."""
    head, received = Head(), bytearray()
    for piece in pieces:
        received += piece
        while received and not head.whole:
            head.take(received)
    return head, bytes(received)


def cut(data: bytes, at: list[int]) -> list[bytes]:
    places = [0, *sorted(place % (len(data) + 1) for place in at), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(places)]


NAMES = st.text("abcXYZ-_019!~", min_size=1, max_size=12).map(lambda name: f"X{name}")
VALUES = st.text(st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=30)


@given(
    st.text("/abc%20?&=~:@", max_size=30),
    st.lists(st.tuples(NAMES, VALUES), max_size=8),
    st.binary(max_size=30),
    st.lists(st.integers(0, 10_000), max_size=6),
)
def test_a_head_is_read_however_it_is_cut_and_not_a_byte_more(
    path: str, lines: list[tuple[str, str]], follows: bytes, at: list[int]
) -> None:
    text = "\r\n".join([f"GET /{path} HTTP/1.1", *(f"{name}: {value}" for name, value in lines), "\r\n"])
    head, left = read_head(*cut(text.encode("latin-1"), at), follows)
    assert head.whole
    assert (head.method, head.target, head.version, head.keep_alive) == ("GET", "/" + path.lstrip("/"), "1.1", True)
    assert head.lines == tuple(lines)
    assert left == follows


@given(st.binary(max_size=80), st.lists(st.integers(0, 80), max_size=4))
def test_any_bytes_are_a_head_or_none(sent: bytes, at: list[int]) -> None:
    with contextlib.suppress(BadRequest):
        head, left = read_head(*cut(b"GET / HTTP/1.1\r\n" + sent, at))
        assert head.whole or not left


@pytest.mark.parametrize(
    ("sent", "status_"),
    [
        (b"\x16\x03\x01", 400),  # TLS: nobody waits for a line of it to end
        (b"GET /\r\n", 400),
        (b"\r\nGET /\r\n", 400),
        (b"GET / HTTP/2.0\r\n\r\n", 505),
        (b"\r\n" * 1000, 400),
        (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000, 431),
        (b"GET /" + b"a" * 70_000, 414),
    ],
)
def test_what_cannot_become_a_head_is_refused_at_once(sent: bytes, status_: int) -> None:
    for pieces in ([sent], [sent[at : at + 1] for at in range(min(len(sent), 100))] + [sent[100:]]):
        with pytest.raises(BadRequest) as refused:
            read_head(*pieces)
        assert refused.value.status == status_


@pytest.mark.parametrize("target", ["//moto-api/reset", "///moto-api/reset", "//evil.example/"])
def test_a_path_begins_with_one_slash(target: str) -> None:
    head, _ = read_head(f"GET {target} HTTP/1.1\r\n\r\n".encode())
    assert head.target == "/" + target.lstrip("/")


@pytest.mark.parametrize(
    ("version", "header", "expected"),
    [
        ("1.1", "", True),
        ("1.1", "Connection: close\r\n", False),
        ("1.1", "Connection: TE, Close\r\n", False),
        ("1.1", "Connection: keep-alive\r\n", True),
        ("1.0", "", False),
        ("1.0", "Connection: keep-alive\r\n", False),
    ],
)
def test_who_leaves_the_connection_open(version: str, header: str, expected: bool) -> None:
    head, _ = read_head(f"GET / HTTP/{version}\r\n{header}\r\n".encode())
    assert head.keep_alive is expected


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "multipart/form-data", "multipart/mixed"])
def test_the_head_of_a_form_with_files_is_in_order(kind: str) -> None:
    head, _ = read_head(f"POST / HTTP/1.1\r\nContent-Type: {kind}\r\nContent-Length: 3\r\n\r\n".encode())
    assert (head.whole, head.length) == (True, 3)
