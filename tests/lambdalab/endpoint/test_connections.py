"""Connections that stay open, threads that grow, clients that say nothing: with applications of a few lines."""

from __future__ import annotations

import contextlib
import contextvars
import http.client
import json
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

import pytest

from lambdalab import faults
from lambdalab.endpoint import connections, exchange
from lambdalab.endpoint.connections import Connections, Threads
from lambdalab.endpoint.framing import Framing
from lambdalab.endpoint.response_streaming import SOCKET, Torn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lambdalab.endpoint.access import Environ, StartResponse, WsgiApp

    Serve = Callable[[WsgiApp], int]

TIMEOUT_S = 20
NAME = "test-connections"


@pytest.fixture
def made() -> list[Connections]:
    return []


@pytest.fixture
def serve(made: list[Connections]) -> Iterator[Serve]:
    """Serves an application; its port."""

    def start(app: WsgiApp) -> int:
        listening = socket.create_server(("127.0.0.1", 0))
        port = int(listening.getsockname()[1])
        whole = Framing(app)
        made.append(Connections(listening, lambda connection: exchange.answer(connection, whole, port), name=NAME))
        return port

    yield start
    for each in made:
        each.stop()
        each.join()
    assert threads() == []


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == NAME]


def echo(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """The body, after the path."""
    said = f"{environ['PATH_INFO']} ".encode() + environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", str(len(said)))])
    return [said]


@contextlib.contextmanager
def client(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S) as sock:
        yield sock


def request(path: str = "/", *lines: str, method: str = "GET", body: str = "") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: x", *lines, "", body]).encode()


def response(sock: socket.socket, method: str = "GET") -> tuple[http.client.HTTPResponse, bytes]:
    """The next one."""
    answer = http.client.HTTPResponse(_ByteByByte(sock), method=method)  # type: ignore[arg-type]
    answer.begin()
    return answer, answer.read()


@dataclass
class _ByteByByte:
    """A socket for http.client, of which it takes no byte more than it reads: the rest is the next response's."""

    sock: socket.socket

    def makefile(self, mode: str) -> BinaryIO:
        return self.sock.makefile(mode, buffering=0)  # type: ignore[call-overload,no-any-return]


def rest(sock: socket.socket) -> bytes:
    """All that comes until the server hangs up."""
    return b"".join(iter(lambda: sock.recv(65536), b""))


# One connection, many requests ------------------------------------------------------------------------------------


def test_a_connection_is_used_again(serve: Serve) -> None:
    seen: list[int] = []

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        seen.append(environ["REMOTE_PORT"])
        return echo(environ, start_response)

    with client(serve(app)) as sock:
        for number in range(5):
            sock.sendall(request(f"/{number}", "Content-Length: 3", method="POST", body="abc"))
            answer, body = response(sock)
            assert body == f"/{number} abc".encode()
            assert answer.getheader("Connection") is None
        sock.sendall(request("/last", "Connection: close"))
        answer, body = response(sock)
        assert (body, answer.getheader("Connection")) == (b"/last ", "close")
        assert rest(sock) == b""
    assert len(seen) == 6
    assert len(set(seen)) == 1


def test_a_connection_is_used_again_after_it_was_idle(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread has gone on to others: the next request finds one all the same."""
    monkeypatch.setattr(connections, "_MOST_STAYING", -1)
    with client(serve(echo)) as first, client(serve(echo)) as second:
        for number in range(3):
            for sock in (first, second):
                sock.sendall(request(f"/{number}"))
                assert response(sock)[1] == f"/{number} ".encode()


def test_requests_in_pieces(serve: Serve) -> None:
    with client(serve(echo)) as sock:
        for byte in request("/a", "Content-Length: 2", method="POST", body="bc") * 2:
            sock.sendall(bytes([byte]))
        assert response(sock)[1] == b"/a bc"
        assert response(sock)[1] == b"/a bc"


@pytest.mark.parametrize(
    ("status", "method", "body"),
    [("200 OK", "HEAD", b"never sent"), ("204 No Content", "GET", b"never sent"), ("304 Not Modified", "GET", b"")],
)
def test_a_response_without_a_body_is_no_end(status: str, method: str, body: bytes, serve: Serve) -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response(status, [("Content-Length", "10")] if method == "HEAD" else [])
        return [body]

    with client(serve(app)) as sock:
        for _ in range(2):
            sock.sendall(request(method=method))
            answer, got = response(sock, method)
            assert (answer.status, got) == (int(status[:3]), b"")


def test_a_response_of_unknown_length_is_no_end(serve: Serve) -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [])
        return iter([b"one ", b"", b"two"])

    with client(serve(app)) as sock:
        for _ in range(2):
            sock.sendall(request())
            answer, body = response(sock)
            assert (answer.getheader("Transfer-Encoding"), body) == ("chunked", b"one two")


def test_a_body_that_nobody_reads_is_no_request(serve: Serve) -> None:
    """Is all of it there, the connection is used again; must one wait for it, that is the end."""

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("403 Forbidden", [("Content-Length", "0")])
        return []

    port = serve(app)
    with client(port) as sock:
        hidden = request("/hidden").decode()
        sock.sendall(request("/", f"Content-Length: {len(hidden)}", method="POST", body=hidden) + request("/next"))
        assert response(sock)[0].getheader("Connection") is None
        sock.sendall(request("/", "Content-Length: 1000", method="POST", body="half"))
        answers = rest(sock)
        assert answers.count(b"HTTP/1.1 403") == 2
        assert answers.count(b"Connection: close") == 1
    with client(port) as sock:
        sock.sendall(request("/", "Transfer-Encoding: chunked", method="POST", body="3\r\nabc\r\n0\r\n\r\n"))
        assert rest(sock).count(b"Connection: close") == 1


def test_a_client_that_is_not_told_to_go_on_sends_no_body(serve: Serve) -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("403 Forbidden", [("Content-Length", "0")])
        return []

    with client(serve(app)) as sock:
        sock.sendall(request("/", "Expect: 100-continue", "Content-Length: 3", method="PUT"))
        answers = rest(sock)
        assert answers.startswith(b"HTTP/1.1 403")
        assert b"100 Continue" not in answers


def test_a_request_knows_nothing_of_the_one_before(serve: Serve) -> None:
    remembered: contextvars.ContextVar[str] = contextvars.ContextVar("remembered", default="nothing")

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        said = remembered.get().encode()
        remembered.set(environ["PATH_INFO"])
        start_response("200 OK", [("Content-Length", str(len(said)))])
        return [said]

    with client(serve(app)) as sock:
        for path in ("/a", "/b"):
            sock.sendall(request(path))
            assert response(sock)[1] == b"nothing"


def test_a_response_that_begins_early_is_the_last(serve: Serve) -> None:
    """Who sent it may hang up on it later, and must not meet another one."""

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        write = start_response("200 OK", [])
        write(b"")
        write(b"early")
        return []

    with client(serve(app)) as sock:
        sock.sendall(request())
        answer, body = response(sock)
        assert (body, answer.getheader("Connection")) == (b"early", "close")
        assert rest(sock) == b""


# What is not answered as it should be -----------------------------------------------------------------------------


def _torn(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [])(b"half")
    raise Torn


def _too_short(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Length", "10")])
    return [b"half"]


@pytest.mark.parametrize("app", [_torn, _too_short])
def test_the_client_sees_that_a_response_is_not_whole(app: WsgiApp, serve: Serve) -> None:
    with client(serve(app)) as sock:
        sock.sendall(request())
        with pytest.raises(http.client.IncompleteRead) as seen:
            response(sock)
        assert seen.value.partial == b"half"


def test_more_than_was_announced_is_not_sent(serve: Serve) -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", "4")])
        return [b"full", b"HTTP/1.1 200 OK\r\n\r\n"]

    with client(serve(app)) as sock:
        sock.sendall(request("/", "Connection: close"))
        assert rest(sock).endswith(b"\r\n\r\nfull")


@pytest.mark.parametrize("begun", [False, True])
def test_a_fault_is_loud(begun: bool, serve: Serve) -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if begun:
            start_response("200 OK", [])(b"half")
        raise OSError("no space left")

    with client(serve(app)) as sock:
        sock.sendall(request())
        answer = rest(sock)
    [sentence] = faults.reported()
    faults.forget()
    assert sentence.startswith("The lab itself failed while answering a request: OSError: no space left. ")
    if begun:
        assert answer.endswith(b"half\r\n"), "the last chunk is missing"
    else:
        head, _, document = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 500 ")
        assert b"x-amzn-ErrorType: FaultOfTheLab" in head
        assert json.loads(document) == {"__type": "FaultOfTheLab", "message": sentence}


def test_a_header_of_two_lines_is_not_sent(serve: Serve) -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("X", "a\r\nSet-Cookie: b")])
        return [b""]

    with client(serve(app)) as sock:
        sock.sendall(request())
        answer = rest(sock)
    assert len(faults.reported()) == 1
    faults.forget()
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert b"Set-Cookie" not in answer


# Threads ----------------------------------------------------------------------------------------------------------


def test_requests_that_wait_for_each_other_all_have_a_thread(serve: Serve) -> None:
    """As functions do that invoke functions, deeper than any pool."""
    depth = 150
    ports: list[int] = []

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        level = int(environ["PATH_INFO"][1:])
        said = b"bottom"
        if level:
            with client(ports[0]) as sock:
                sock.sendall(request(f"/{level - 1}"))
                said = response(sock)[1]
        start_response("200 OK", [("Content-Length", str(len(said)))])
        return [said]

    ports.append(serve(app))
    with client(ports[0]) as sock:
        sock.sendall(request(f"/{depth}"))
        assert response(sock)[1] == b"bottom"


def test_many_requests_at_once_over_connections_that_stay(serve: Serve) -> None:
    everybody = threading.Barrier(100)

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        everybody.wait(TIMEOUT_S)
        return echo(environ, start_response)

    port = serve(app)
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(client(port)) for _ in range(100)]
        for turn in range(3):
            for sock in clients:
                sock.sendall(request(f"/{turn}"))
            assert {response(sock)[1] for sock in clients} == {f"/{turn} ".encode()}


def test_a_thread_is_used_again_and_one_that_is_not_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_UNUSED_S", 0.05)
    pool = Threads(NAME)
    ran: list[int] = []
    for number in range(50):
        done = threading.Event()

        def job(number: int = number, done: threading.Event = done) -> None:
            ran.append(number)
            done.set()

        pool.run(job)
        assert done.wait(TIMEOUT_S)
    for thread in list(pool._all):
        thread.join(TIMEOUT_S)
    assert ran == list(range(50))
    assert threads() == []
    pool.run(lambda: ran.append(50))
    pool.end()
    pool.join()
    assert ran[-1] == 50
    assert threads() == []


def test_a_connection_that_waits_has_no_thread(
    serve: Serve, made: list[Connections], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither one that has said nothing yet, nor one in the middle of a head, nor one after an answer."""
    monkeypatch.setattr(connections, "_MOST_STAYING", -1)
    monkeypatch.setattr(connections, "_UNUSED_S", 0.05)
    port = serve(echo)
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(client(port)) for _ in range(60)]
        for sock in clients[20:40]:
            sock.sendall(b"GET /half")
        for sock in clients[40:]:
            sock.sendall(request())
            response(sock)
        for thread in threading.enumerate():
            if thread.name == NAME and thread is not made[0]._thread:
                thread.join(TIMEOUT_S)
        assert len(threads()) == 1, "the one that waits for all of them"
        for sock in clients:
            sock.sendall(b" HTTP/1.1\r\nHost: x\r\n\r\n" if sock in clients[20:40] else request())
            assert response(sock)[0].status == 200


# Clients that say nothing -----------------------------------------------------------------------------------------


def test_those_that_wait_longest_make_room(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another user of the machine opens connections and leaves them half open: everybody else is served."""
    monkeypatch.setattr(connections, "_MOST_WAITING", 5)
    port = serve(echo)
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(client(port)) for _ in range(50)]
        for sock in held:
            with contextlib.suppress(OSError):  # it had to make room already
                sock.sendall(b"GET /half")
        with client(port) as sock:
            sock.sendall(request("/mine"))
            assert response(sock)[1] == b"/mine "
        assert [_hung_up(sock) for sock in held[:44]] == [True] * 44


def _hung_up(sock: socket.socket) -> bool:
    """False when nothing has come before the socket's timeout."""
    try:
        return sock.recv(1) == b""
    except (ConnectionResetError, TimeoutError) as error:
        return isinstance(error, ConnectionResetError)


def test_a_client_that_leaves_in_the_middle_is_forgotten(serve: Serve, made: list[Connections]) -> None:
    port = serve(echo)
    for sent in (b"", b"GET /half", request("/", "Content-Length: 10", method="POST", body="half"), request()):
        with client(port) as sock:
            sock.sendall(sent)
    with client(port) as sock:
        sock.sendall(request("/next", "Connection: close"))
        assert response(sock)[1] == b"/next "
        made[0].stop()
        made[0].join()
    assert not made[0]._waiting
    assert not made[0]._answering


def test_a_head_has_a_time_in_all_not_for_each_byte(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "PATIENCE_S", 0.5)
    monkeypatch.setattr(connections, "_TICK_S", 0.05)
    with client(serve(echo)) as sock:
        sock.settimeout(0.01)
        sock.sendall(b"GET /")
        while not _hung_up(sock):
            with contextlib.suppress(ConnectionError):
                sock.sendall(b"a")


def test_one_that_never_stops_sending_keeps_nobody_waiting(serve: Serve) -> None:
    port = serve(echo)
    with contextlib.ExitStack() as stack:
        senders = []
        for sent in (b"GARBAGE", b"\r\n", b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n"):
            sender = threading.Thread(target=_send_on, args=(stack.enter_context(client(port)), sent * 1000))
            sender.start()
            senders.append(sender)
        for _ in range(20):
            with client(port) as sock:
                sock.sendall(request("/mine", "Connection: close"))
                assert response(sock)[1] == b"/mine "
        for sender in senders:
            sender.join(TIMEOUT_S)
            assert not sender.is_alive(), "it is hung up on in the end"


def _send_on(sock: socket.socket, data: bytes) -> None:
    with contextlib.suppress(ConnectionError):
        while True:
            sock.sendall(data)


# The end ----------------------------------------------------------------------------------------------------------


def test_stop_hangs_up_on_everybody(serve: Serve, made: list[Connections]) -> None:
    reached = threading.Event()
    seen: list[Any] = []

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/long":
            seen.append(environ[SOCKET])
            reached.set()
            environ["wsgi.input"].read()
        return echo(environ, start_response)

    port = serve(app)
    with (
        client(port) as silent,
        client(port) as half,
        client(port) as idle,
        client(port) as leaving,
        client(port) as long,
    ):
        half.sendall(b"GET /half")
        for sock in (idle, leaving):
            sock.sendall(request("/", *(["Connection: close"] if sock is leaving else [])))
            response(sock)
        long.sendall(request("/long", "Content-Length: 10", method="POST", body="half"))
        assert reached.wait(TIMEOUT_S)
        made[0].stop()
        made[0].stop()
        made[0].join()
        assert [_hung_up(sock) for sock in (silent, half, idle, leaving)] == [True] * 4
        with contextlib.suppress(ConnectionResetError):
            assert b"200 OK" not in rest(long)
        assert seen[0].fileno() == -1
        with pytest.raises(ConnectionRefusedError), client(port):
            pass
    assert threads() == []
