"""The Runtime API is for the environment's own programs: who else is on the machine does not get in."""

from __future__ import annotations

import os
import socket
import sys
from typing import TYPE_CHECKING

import pytest

from lambdalab.runtime.runtime_api import peer_credentials as peers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lambdalab.runtime.conftest import Bench

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the kernel is asked as Linux is asked")


@pytest.fixture
def connection() -> Iterator[tuple[socket.socket, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        theirs = socket.create_connection(server.getsockname())
        ours, _ = server.accept()
    with theirs, ours:
        yield theirs, ours


def test_a_program_of_this_user_is(connection: tuple[socket.socket, socket.socket]) -> None:
    assert peers.is_of_this_user(connection[1])


def test_a_program_of_another_user_is_not(
    connection: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers.os, "geteuid", lambda: os.getuid() + 1)
    assert not peers.is_of_this_user(connection[1])


def test_both_ways_of_asking_say_the_same(connection: tuple[socket.socket, socket.socket]) -> None:
    theirs, ours = connection[0].getsockname(), connection[0].getpeername()
    assert peers._by_netlink(theirs, ours) == peers._by_list(theirs, ours) == os.getuid()
    with pytest.raises(OSError, match="No such file"):
        peers._by_netlink(theirs, ("127.0.0.1", 1))
    with pytest.raises(OSError, match="not in the list"):
        peers._by_list(theirs, ("127.0.0.1", 1))


def test_who_has_hung_up_is_nobody(connection: tuple[socket.socket, socket.socket]) -> None:
    connection[1].close()
    assert not peers.is_of_this_user(connection[1])


ASKS = """
def handler(event, context):
    import os, socket
    host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
    "here".encode("idna")  # read from the disk now: the other user may not
    child = os.fork()
    if not child:
        answered = 1
        try:
            os.setuid(event)
            with socket.create_connection((host, int(port)), 5) as s:
                s.sendall(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
                s.settimeout(5)
                answered = len(s.recv(100))
        except ConnectionError:
            answered = 0
        finally:
            os._exit(answered and 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
"""


def test_another_user_s_program_is_hung_up_on(processes: Bench) -> None:
    """It has the port, from wherever. Only root can try this; the statements above are for everybody."""
    if os.geteuid() == 0:
        outcome = processes.run(ASKS, event=65534)
        assert outcome.payload == b"0"
