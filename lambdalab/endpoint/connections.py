"""Who is connected, and which threads answer.

    accept ──▶ waiting ──── a head is whole ───▶ a thread answers ──▶ … the next request on it …
                  ▲                                      │
                  └──────── nothing for a moment ◀───────┘

One thread waits for all who have nothing to say yet: it accepts, reads heads, and hangs up on those that take too long.
So a connection that is idle, or sends its head byte by byte, costs a descriptor and no thread; of those there are at
most `_MOST_WAITING`, and the one that has waited longest makes room. A request has a thread to itself, and there is one
more whenever all are busy: a function that invokes a function holds one for each, and would wait for ever for one of a
pool of a fixed size.

A thread stays with its connection for a moment after an answer. A client that asks again at once is served without a
change of threads, which under load costs more than the rest of this server.
"""

from __future__ import annotations

import contextlib
import queue
import selectors
import socket
import struct
import threading
import time
from http import HTTPStatus
from typing import TYPE_CHECKING

from .framing import BadRequest, Head

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE_S = 60.0
"""How long a client may take for its head, or leave a connection idle, or send nothing of its body."""
_STAY_S = 0.2
"""How long a thread stays with a connection on which nothing comes."""
_MOST_STAYING = 64
"""Threads at work beyond which none stays."""
_MOST_WAITING = 256
_GOODBYE_S = 2.0
"""How long a client may go on sending what nobody reads. Hanging up at once would take the answer from it."""
_TICK_S = 0.5
_JOIN_S = 5.0
_READ = 1 << 16
_READ_OF_A_BODY = 1 << 18
_FULL_S = 0.05
_UNUSED_S = 10.0
"""After which a thread without work ends."""


class Gone(ConnectionError):
    """The client has hung up, or said nothing for too long."""


class Connection:
    """One client. It belongs to one thread at a time: the one that waits, or the one that answers."""

    def __init__(self, sock: socket.socket, address: tuple[str, int]) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = sock
        self.address = address
        self.head = Head()
        self.until = time.monotonic() + PATIENCE_S
        self.leaving = False
        """The last answer is sent: what still comes is thrown away."""
        self.ended = False
        """Whether the client has closed its half: nothing more will come."""
        self._received = bytearray()
        self._patience_s = 0.0

    @property
    def unread(self) -> int:
        """Bytes that came and that nobody has read."""
        return len(self._received)

    def receive(self, stay_s: float) -> bool:
        """Whether the next head is whole. Waits for it as long as `stay_s`; raises Gone and BadRequest."""
        while not self.head.whole:
            if not self._received and not self._fill(_READ, stay_s):
                if self.ended and self.head.begun:
                    raise BadRequest(400, "The request ends in the middle of its head")
                return False
            self.head.take(self._received)
        return True

    def next(self) -> None:
        """The request has been answered: go on to another one."""
        self.head = Head()

    def read(self, size: int) -> bytes:
        """At least a byte and at most `size`; nothing at the end. Raises Gone when nothing comes."""
        if not self._received:
            self._fill(min(size, _READ_OF_A_BODY), PATIENCE_S, must=True)
        return self._take(size)

    def readline(self, size: int) -> bytes:
        """A line, or as much of it as `size` allows."""
        while (end := self._received.find(b"\n", 0, size)) < 0 and len(self._received) < size:
            if not self._fill(_READ, PATIENCE_S, must=True):
                break
        return self._take(end + 1 if end >= 0 else size)

    def send(self, data: bytes) -> None:
        """Send all of it. A client may take its time to read: a person may have stopped it in a debugger."""
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise Gone from error

    def leave(self, refusal: BadRequest | None = None) -> None:
        """The last word has been said, unless it is this one. From now on the client is only listened to."""
        with contextlib.suppress(OSError):
            if refusal is not None:
                self.socket.send(_refusal(refusal), socket.MSG_DONTWAIT)
            self.socket.shutdown(socket.SHUT_WR)
        self.leaving, self.until = True, time.monotonic() + _GOODBYE_S

    def drain(self) -> None:
        """Throw away what has come, or some of it: nobody may keep the thread that waits. Sets `ended`."""
        self._fill(_READ, 0)
        self._received.clear()

    def hang_up(self) -> None:
        """From any thread. The one that it belongs to notices, and closes it."""
        with contextlib.suppress(OSError):  # the client was faster
            self.socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """The end."""
        self.hang_up()
        self.socket.close()

    def _take(self, size: int) -> bytes:
        taken = bytes(self._received[:size])
        del self._received[:size]
        return taken

    def _fill(self, size: int, patience_s: float, *, must: bool = False) -> int:
        """Receive something, within `patience_s` or not at all (`must`: or raise Gone)."""
        if self.ended:
            return 0
        if patience_s and patience_s != self._patience_s:
            # The socket's own timeout would make two calls to the system of each one, and each may wait for the GIL.
            seconds, rest = divmod(patience_s, 1)
            timeval = struct.pack("ll", int(seconds), int(rest * 1e6))
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeval)
            self._patience_s = patience_s
        try:
            data = self.socket.recv(size, 0 if patience_s else socket.MSG_DONTWAIT)
        except BlockingIOError as error:
            if must:
                raise Gone from error
            return 0
        except OSError as error:
            raise Gone from error
        self.ended = not data
        self._received += data
        return len(data)


def _refusal(refusal: BadRequest) -> bytes:
    body = f"{refusal.status} {refusal}\n".encode()
    lines = [
        f"HTTP/1.1 {refusal.status} {HTTPStatus(refusal.status).phrase}",
        "Server: lambdalab",
        "Content-Type: text/plain",
        f"Content-Length: {len(body)}",
        "Connection: close",
        "\r\n",
    ]
    return "\r\n".join(lines).encode() + body


class Threads:
    """As many threads as there is work to do at once."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._unused = 0
        """Threads that wait for a job which nobody has put there for them yet."""
        self._all: set[threading.Thread] = set()
        self._ended = False

    def run(self, job: Callable[[], None]) -> None:
        """Have a thread do it now."""
        with self._lock:
            if self._unused:
                self._unused -= 1
                self._jobs.put(job)
                return
        thread = threading.Thread(target=self._work, args=(job,), name=self._name, daemon=True)
        self._all.add(thread)
        thread.start()

    def end(self) -> None:
        """Those that do nothing end now, the others when they are done."""
        with self._lock:
            self._ended = True
            for _ in range(self._unused):
                self._jobs.put(None)
            self._unused = 0

    def join(self) -> None:
        """After `end()`: wait for all, but not for one that does not end: they are daemons."""
        end = time.monotonic() + _JOIN_S
        for thread in self._all - {threading.current_thread()}:
            thread.join(max(0.0, end - time.monotonic()))

    def _work(self, job: Callable[[], None] | None) -> None:
        try:
            while job is not None:
                job()
                job = self._next()
        finally:
            self._all.discard(threading.current_thread())

    def _next(self) -> Callable[[], None] | None:
        with self._lock:
            if self._ended:
                return None
            self._unused += 1
        try:
            return self._jobs.get(timeout=_UNUSED_S)
        except queue.Empty:
            pass
        with self._lock:
            if self._unused:
                self._unused -= 1
                return None
        return self._jobs.get()  # it came at the last moment


class Connections:
    """All connections to one listening socket, from the moment it is made until `stop()`."""

    def __init__(self, listening: socket.socket, answer: Callable[[Connection], bool], *, name: str) -> None:
        """`answer` is called in a thread of its own when a head is whole, and says whether to wait for another one."""
        listening.setblocking(False)
        self._listening = listening
        self._answer = answer
        self._threads = Threads(name)
        self._selector = selectors.DefaultSelector()
        self._alarm, self._bell = socket.socketpair()
        self._alarm.setblocking(False)
        self._selector.register(listening, selectors.EVENT_READ)
        self._selector.register(self._alarm, selectors.EVENT_READ)
        self._waiting: dict[Connection, None] = {}
        """Those that belong to the thread that waits, in the order in which they came."""
        self._answering: set[Connection] = set()
        self._handed: queue.SimpleQueue[Connection] = queue.SimpleQueue()
        """Those that are to wait again."""
        self._stopping = self._closed = False
        self._thread = threading.Thread(target=self._wait, name=name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and hang up on everybody. Safe to call twice."""
        self._stopping = True
        self._ring()
        self._thread.join()
        self._threads.end()
        for connection in list(self._answering):
            connection.hang_up()
        self._bell.close()

    def join(self) -> None:
        """After `stop()`: wait until no request is being answered any more. A handler that runs must end first."""
        self._threads.join()

    # In the thread that waits -------------------------------------------------------------------------------------

    def _wait(self) -> None:
        checked = time.monotonic()
        while not self._stopping:
            for key, _ in self._selector.select(_TICK_S if self._waiting else None):
                if key.data is not None:
                    self._hear(key.data)
                elif key.fileobj is self._listening:
                    self._accept()
                else:
                    self._take_back()
            if (now := time.monotonic()) > checked + _TICK_S:
                checked = now
                for connection in [each for each in self._waiting if each.until < now]:
                    self._drop(connection)
        self._closed = True
        self._selector.close()
        self._listening.close()
        self._alarm.close()
        for connection in self._waiting:
            connection.close()
        self._waiting.clear()
        self._close_handed()

    def _accept(self) -> None:
        try:
            sock, address = self._listening.accept()
        except BlockingIOError:
            return
        except OSError:  # no descriptor is left, for instance
            if self._waiting:
                self._drop(next(iter(self._waiting)))
            else:
                time.sleep(_FULL_S)
            return
        sock.setblocking(True)
        try:
            connection = Connection(sock, address)
        except OSError:  # it has hung up
            sock.close()
            return
        self._add(connection)
        self._hear(connection)

    def _add(self, connection: Connection) -> None:
        if len(self._waiting) >= _MOST_WAITING:
            self._drop(next(iter(self._waiting)))
        self._waiting[connection] = None
        self._selector.register(connection.socket, selectors.EVENT_READ, connection)

    def _hear(self, connection: Connection) -> None:
        """Something has come, or the end."""
        if connection not in self._waiting:  # it had to make room for another one meanwhile
            return
        try:
            if connection.leaving:
                connection.drain()
            elif connection.receive(0):
                self._forget(connection)
                self._hand_over(connection)
                return
        except Gone:
            connection.ended = True
        except BadRequest as refusal:
            connection.leave(refusal)
        if connection.ended:
            self._drop(connection)

    def _take_back(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._alarm.recv(_READ)
        while not self._handed.empty():
            connection = self._handed.get()
            self._add(connection)

    def _hand_over(self, connection: Connection) -> None:
        self._answering.add(connection)
        self._threads.run(lambda: self._serve(connection))

    def _drop(self, connection: Connection) -> None:
        self._forget(connection)
        connection.close()

    def _forget(self, connection: Connection) -> None:
        del self._waiting[connection]
        self._selector.unregister(connection.socket)

    # In a thread that answers -------------------------------------------------------------------------------------

    def _serve(self, connection: Connection) -> None:
        """Answer the request that has come, and those that come at once."""
        goes_on = False
        try:
            while not self._stopping and self._answer(connection):
                connection.next()
                if not connection.receive(_STAY_S if len(self._answering) <= _MOST_STAYING else 0):
                    goes_on = not connection.ended
                    break
            else:
                goes_on = not connection.ended
                connection.leave()
        except BadRequest as refusal:
            goes_on = True
            connection.leave(refusal)
        except ConnectionError:
            goes_on = False
        finally:
            self._answering.discard(connection)
            if goes_on:
                self._hand_back(connection)
            else:
                connection.close()

    def _hand_back(self, connection: Connection) -> None:
        if not connection.leaving:
            connection.until = time.monotonic() + PATIENCE_S
        self._handed.put(connection)
        self._ring()
        if self._closed:
            self._close_handed()

    def _close_handed(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                self._handed.get_nowait().close()

    def _ring(self) -> None:
        with contextlib.suppress(OSError):  # it rings already, or there is nobody left to hear it
            self._bell.send(b"\0", socket.MSG_DONTWAIT)
