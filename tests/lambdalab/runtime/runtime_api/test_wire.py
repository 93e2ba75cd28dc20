"""HTTP over one socket: however the bytes arrive, whole requests come out, and a reply is one write."""

from __future__ import annotations

import select
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest

from lambdalab.runtime.runtime_api.protocol import RESPONSE_LIMIT, Reply, Request
from lambdalab.runtime.runtime_api.wire import Connection

if TYPE_CHECKING:
    from collections.abc import Iterator

POST = b"POST /a/b?c=d HTTP/1.1\r\nHost: x\r\nX-Thing: One\r\nContent-Length: 5\r\n\r\nhello"


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, Connection]]:
    """The runtime's socket, and the lab's connection at the other end."""
    server = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(server.getsockname())
    accepted, _ = server.accept()
    server.close()
    client.settimeout(10)
    accepted.settimeout(10)
    connection = Connection(accepted)
    yield client, connection
    client.close()
    connection.close()


def receive_all(connection: Connection) -> list[Request]:
    """Read until a request is whole or the client has hung up."""
    while not connection.closed:
        if requests := connection.receive():
            return requests
    return []


def read_reply(client: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += client.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")).split()[1])
    while len(body) < length:
        body += client.recv(65536)
    return head + b"\r\n\r\n" + body


def test_a_request_comes_out_whole(ends: tuple[socket.socket, Connection]) -> None:
    client, connection = ends
    client.sendall(POST)
    (request,) = receive_all(connection)
    assert (request.method, request.path, request.body) == ("POST", "/a/b?c=d", b"hello")
    assert request.headers["x-thing"] == "One"


def test_a_request_may_arrive_byte_by_byte(ends: tuple[socket.socket, Connection]) -> None:
    client, connection = ends
    seen: list[Request] = []
    for index in range(len(POST)):
        assert seen == []
        client.sendall(POST[index : index + 1])
        seen += connection.receive()
    assert [(request.method, request.body) for request in seen] == [("POST", b"hello")]


def test_a_body_may_be_chunked(ends: tuple[socket.socket, Connection]) -> None:
    client, connection = ends
    client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n")
    (request,) = receive_all(connection)
    assert request.body == b"hello"


def test_one_connection_serves_many_requests(ends: tuple[socket.socket, Connection]) -> None:
    client, connection = ends
    for number in range(3):
        client.sendall(POST)
        assert len(receive_all(connection)) == 1
        connection.send(Reply(200, str(number).encode()))
        assert read_reply(client).endswith(str(number).encode())
    assert not connection.closed


def test_a_reply_is_one_write(ends: tuple[socket.socket, Connection], monkeypatch: pytest.MonkeyPatch) -> None:
    client, connection = ends
    client.sendall(POST)
    receive_all(connection)
    writes: list[bytes] = []

    class Watched:
        def __init__(self, sock: socket.socket) -> None:
            self._sock = sock

        def send(self, data: bytes) -> int:
            writes.append(data)
            return self._sock.send(data)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._sock, name)

    monkeypatch.setattr(connection, "_sock", Watched(connection._sock))
    connection.send(Reply(202, b"x" * 1000, (("A", "b"),)))
    assert len(writes) == 1
    head, _, body = read_reply(client).partition(b"\r\n\r\n")
    assert body == b"x" * 1000
    assert head.startswith(b"HTTP/1.1 202 Accepted\r\n")
    assert b"A: b" in head.split(b"\r\n")


@pytest.mark.parametrize("size", [RESPONSE_LIMIT, RESPONSE_LIMIT + 1, 4 * RESPONSE_LIMIT])
def test_a_huge_body_is_read_to_its_end_but_not_kept_whole(ends: tuple[socket.socket, Connection], size: int) -> None:
    """The runtime must get to read the refusal, so the body is taken; what is kept shows that it is too large."""
    client, connection = ends
    head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n".encode()
    sender = threading.Thread(target=client.sendall, args=(head + b"x" * size,))
    sender.start()
    (request,) = receive_all(connection)
    sender.join()
    assert (len(request.body) > RESPONSE_LIMIT) == (size > RESPONSE_LIMIT)
    assert len(request.body) < RESPONSE_LIMIT + (1 << 20)
    connection.send(Reply(413, b"no"))
    assert read_reply(client).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello\r\n\r\n",
        b"NOT HTTP AT ALL\r\n\r\n",
        b"GET / HTTP/1.1\r\nBad Header\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: five\r\n\r\nhello",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"\x00" * 1000,
    ],
)
def test_what_is_no_http_ends_the_connection(ends: tuple[socket.socket, Connection], garbage: bytes) -> None:
    client, connection = ends
    client.sendall(garbage)
    client.shutdown(socket.SHUT_WR)
    assert receive_all(connection) == []
    assert connection.closed


def test_garbage_after_a_request_ends_the_connection(ends: tuple[socket.socket, Connection]) -> None:
    client, connection = ends
    client.sendall(POST)
    assert len(receive_all(connection)) == 1
    connection.send(Reply(202))
    client.sendall(b"\x00\x01\x02\r\n\r\n")
    client.shutdown(socket.SHUT_WR)
    assert receive_all(connection) == []
    assert connection.closed


@pytest.mark.parametrize("sent", [b"", b"GET / HT", POST[:-2]])
def test_a_client_that_hangs_up_is_noticed(ends: tuple[socket.socket, Connection], sent: bytes) -> None:
    client, connection = ends
    client.sendall(sent)
    client.close()
    assert receive_all(connection) == []
    assert connection.closed


def test_a_reply_to_a_client_that_is_gone_is_no_error(ends: tuple[socket.socket, Connection]) -> None:
    client, connection = ends
    client.sendall(POST)
    receive_all(connection)
    client.close()
    for _ in range(3):
        connection.send(Reply(202, b"x" * 100_000))
    connection.close()
    connection.send(Reply(202))
    assert connection.closed


def test_a_client_that_wants_to_close_is_hung_up_on_after_the_reply(ends: tuple[socket.socket, Connection]) -> None:
    client, connection = ends
    client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert len(receive_all(connection)) == 1
    connection.send(Reply(200, b"bye"))
    assert read_reply(client).endswith(b"bye")
    assert client.recv(1) == b""
    assert connection.closed


def test_a_client_that_asks_first_is_told_to_go_on(ends: tuple[socket.socket, Connection]) -> None:
    """curl does, with more than 1 MB, and else waits a second."""
    client, connection = ends
    client.sendall(POST.replace(b"Host", b"Expect: 100-continue\r\nHost").removesuffix(b"hello"))
    assert connection.receive() == []
    assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.sendall(b"hello")
    (request,) = receive_all(connection)
    assert request.body == b"hello"


@pytest.mark.parametrize("more", [b"X: " + b"a" * 100_000, b"X: y\r\n" * 20_000])
def test_a_head_without_an_end_is_refused(ends: tuple[socket.socket, Connection], more: bytes) -> None:
    client, connection = ends
    client.sendall(b"GET / HTTP/1.1\r\n")
    for _ in range(1000):
        assert receive_all_that_is_there(connection) == []
        if connection.closed:
            break
        client.sendall(more)
    assert connection.closed
    assert client.recv(65536).startswith(b"HTTP/1.1 431 ")


def receive_all_that_is_there(connection: Connection) -> list[Any]:
    received: list[Any] = []
    while not connection.closed and select.select([connection], [], [], 0.01)[0]:
        received += connection.receive()
    return received


def test_a_large_head_is_read(ends: tuple[socket.socket, Connection]) -> None:
    client, connection = ends
    client.sendall(b"GET / HTTP/1.1\r\nX: " + b"a" * 500_000 + b"\r\n\r\n")
    (request,) = receive_all(connection)
    assert len(request.headers["x"]) == 500_000


def test_pipelined_requests_come_one_after_the_other(ends: tuple[socket.socket, Connection]) -> None:
    client, connection = ends
    client.sendall(POST * 3)
    seen: list[Any] = []
    while len(seen) < 3:
        seen += receive_all(connection)
    assert [request.body for request in seen] == [b"hello"] * 3


def test_a_client_that_does_not_read_a_large_reply_is_hung_up_on(ends: tuple[socket.socket, Connection]) -> None:
    client, connection = ends
    client.sendall(POST)
    receive_all(connection)
    connection.send(Reply(200, b"x" * (64 << 20)), 0.05)
    assert connection.closed


def test_a_client_that_reads_slowly_gets_a_large_reply(ends: tuple[socket.socket, Connection]) -> None:
    client, connection = ends
    client.sendall(POST)
    receive_all(connection)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(read_reply(client)))
    reader.start()
    connection.send(Reply(200, b"x" * (32 << 20)), 20)
    reader.join()
    assert len(got[0]) > 32 << 20


def test_a_client_that_closed_its_half_gets_the_reply_it_waits_for(ends: tuple[socket.socket, Connection]) -> None:
    client, connection = ends
    client.sendall(POST)
    client.shutdown(socket.SHUT_WR)
    assert len(receive_all(connection)) == 1
    connection.waits_for_reply = True
    while not connection.ended:
        assert connection.receive() == []
    assert not connection.closed
    connection.send(Reply(200, b"late"))
    assert read_reply(client).endswith(b"late")
    assert connection.closed
