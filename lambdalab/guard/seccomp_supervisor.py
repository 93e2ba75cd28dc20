"""Answers the kernel when a program behind the fence wants to connect, bind, listen or send.

A program names an address by where it stands in its memory, and could change it after it was looked at. So the warden
does not say "go on": it does the call itself, on the same socket, with the bytes that it looked at, and tells the
kernel what came of it. Where it may not have the program's sockets (a container without that privilege), it looks at
the address and lets the call through: that holds programs that do not know of it, not one that tries to get round it.

What is refused fails with EACCES, which no network gives, and a line on the program's standard error says why.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import select
import socket
import struct
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from . import kernel
from .addresses import AF_UNSPEC, Address, loopback_for, parse, stays_here

if TYPE_CHECKING:
    from collections.abc import Callable

    from .kernel import Question

_SOCKADDR_LIMIT = 128
_DATAGRAM_LIMIT = 1 << 16
_PIECES_LIMIT = 1024
_SAID_LIMIT = 1000
_MESSAGE = struct.Struct("=QI4xQQ")
"""The beginning of struct msghdr: the address and its length, the pieces and how many."""
_MESSAGE_SIZE = 56
_NOTICE = (
    "lambdalab: blocked {what}. In local mode nothing leaves this machine. If you meant to reach the network, call "
    "lambdalab.stop() first.\n"
)


class Warden:
    """One thread, for all who are behind the fence."""

    def __init__(self, allowed: Callable[[Address], bool] = stays_here) -> None:
        self._allowed = allowed
        self._said: set[tuple[int, str]] = set()
        self._takes_sockets = _may_take_sockets()
        self._listeners: set[int] = set()
        self._closed = False
        # Children that were forked hand their listeners over through this; anything from ourselves wakes the thread.
        self.door, self._inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._poll = select.poll()
        self._poll.register(self._inside, select.POLLIN)
        self._thread = threading.Thread(target=self._serve, name="lambdalab-warden", daemon=True)
        self._thread.start()

    @property
    def exact(self) -> bool:
        """Whether a program cannot change an address between the look and the call."""
        return self._takes_sockets

    def watch(self, listener: int) -> None:
        """Answer what comes to this listener, too; it is closed with the warden."""
        socket.send_fds(self.door, [b"+"], [listener])
        os.close(listener)

    def close(self) -> None:
        """Answer no more. Who is behind the fence still cannot pass: the kernel fails its calls (ENOSYS)."""
        if not self._closed:
            self._closed = True
            self.door.send(b"-")
            self._thread.join()
            self.door.close()

    def _serve(self) -> None:
        try:
            while True:
                for descriptor, state in self._poll.poll():
                    if descriptor == self._inside.fileno():
                        message, listeners, _, _ = socket.recv_fds(self._inside, 1, 1, socket.MSG_CMSG_CLOEXEC)
                        if message != b"+":
                            return
                        for listener in listeners:
                            self._listeners.add(listener)
                            self._poll.register(listener, select.POLLIN)
                    elif state & select.POLLIN:
                        self._hear(descriptor)
                    else:  # nobody is left behind this one
                        self._forget(descriptor)
        finally:
            for listener in tuple(self._listeners):
                self._forget(listener)
            self._inside.close()

    def _forget(self, listener: int) -> None:
        self._poll.unregister(listener)
        self._listeners.discard(listener)
        os.close(listener)

    def _hear(self, listener: int) -> None:
        question = kernel.receive(listener)
        if question is None:
            return
        case = _Case(self, listener, question)
        try:
            case.decide()
        except OSError as error:
            # Its memory or its sockets cannot be had: it is gone, or may not be looked into. Then it may not pass.
            kernel.answer(listener, question, error=error.errno or errno.EACCES)

    def allows(self, address: Address) -> bool:
        """The rule."""
        return self._allowed(address)

    def say(self, process: int, what: str) -> None:
        """Tell whoever reads the program's standard error, once for each address."""
        if (process, what) in self._said:
            return
        if len(self._said) >= _SAID_LIMIT:
            self._said.clear()
        self._said.add((process, what))
        with contextlib.suppress(OSError):
            error = self._standard_error(process)
            try:
                if select.select([], [error], [], 0)[1]:  # else it would have to wait for who reads it
                    os.write(error, _NOTICE.format(what=what).encode())
            finally:
                os.close(error)

    def _standard_error(self, process: int) -> int:
        if not self.exact:
            return os.open(f"/proc/{process}/fd/2", os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | os.O_NOCTTY)
        pidfd = os.pidfd_open(process)
        try:
            return kernel.take_descriptor(pidfd, 2)  # the same one: what is written comes where the program is
        finally:
            os.close(pidfd)


class _Case:
    """One question, from the look at the program to the answer."""

    def __init__(self, warden: Warden, listener: int, question: Question) -> None:
        self._warden = warden
        self._listener = listener
        self._question = question

    def decide(self) -> None:
        """Answer, or have a thread answer."""
        assert kernel.MACHINE is not None
        calls = kernel.MACHINE
        with contextlib.ExitStack() as self._open:
            self._memory = os.open(f"/proc/{self._question.thread}/mem", os.O_RDWR)
            self._open.callback(os.close, self._memory)
            self._process = _process_of(self._question.thread)
            if not kernel.still_waiting(self._listener, self._question):
                return
            match self._question.call:
                case calls.connect:
                    self._connect()
                case calls.bind:
                    self._bind()
                case calls.listen:
                    self._listen()
                case calls.sendto:
                    self._sendto()
                case calls.sendmsg:
                    self._sendmsg(self._question.arguments[1], _as_it_is)
                case calls.sendmmsg:
                    self._sendmmsg()

    # The calls ------------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        _, where, length, *_ = self._question.arguments
        data = self._read(where, min(length, _SOCKADDR_LIMIT))
        address = parse(data)
        if address is None:
            return self._fail(errno.EINVAL)
        sock = self._socket()
        if sock is not None and sock.family == socket.AF_UNIX and address.family != socket.AF_UNIX:
            return self._fail(errno.EINVAL)
        if not self._warden.allows(address):
            if address.family == socket.AF_UNIX:  # a daemon that looks names up: as if it were not there
                return self._fail(errno.ENOENT)
            return self._refuse("a connection to", address)
        if sock is None or not _is_internet(sock):
            return self._let_through()
        if sock.type == socket.SOCK_STREAM and address.family != AF_UNSPEC and _waits(sock):
            # It returns at once unless the one who listens has a full queue, and then the others must not wait.
            threading.Thread(target=self._do_connect, args=(sock, data, self._open.pop_all()), daemon=True).start()
        else:
            kernel.connect(sock.fileno(), data)
            self._return(0)

    def _do_connect(self, sock: socket.socket, data: bytes, open: contextlib.ExitStack) -> None:
        with open:
            try:
                kernel.connect(sock.fileno(), data)
            except OSError as error:
                self._fail(error.errno or errno.EACCES)
            else:
                self._return(0)

    def _bind(self) -> None:
        """A server that would listen to every network listens to this machine."""
        _, where, length, *_ = self._question.arguments
        data = self._read(where, min(length, _SOCKADDR_LIMIT))
        address = parse(data)
        if address is None:
            return self._fail(errno.EINVAL)
        if address.family not in (socket.AF_INET, socket.AF_INET6):
            return self._let_through()
        sock = self._socket()
        if address.wildcard and sock is not None:
            data = loopback_for(address, takes_both=_takes_both(sock))
        elif address.wildcard or not self._warden.allows(Address(address.family, address.host)):
            return self._refuse("a server on", address)
        if sock is None:
            return self._let_through()
        kernel.bind(sock.fileno(), data)
        self._return(0)

    def _listen(self) -> None:
        """Who listens without having bound would do so on every network."""
        sock = self._socket()
        if sock is not None and _is_internet(sock):
            name = sock.getsockname()
            address = Address(sock.family, name[0].partition("%")[0], name[1])
            if address.wildcard and address.port == 0:
                kernel.bind(sock.fileno(), loopback_for(address, takes_both=_takes_both(sock)))
            elif address.wildcard or not self._warden.allows(Address(address.family, address.host)):
                return self._refuse("a server on", address)
        self._let_through()

    def _sendto(self) -> None:
        _, data, size, flags, where, length = self._question.arguments
        sock = self._socket()
        if sock is not None and (not _is_internet(sock) or sock.type == socket.SOCK_STREAM):
            return self._let_through()  # not of those that can send to an address without a connection
        self._send(sock, lambda: self._read(data, min(size, _DATAGRAM_LIMIT)), flags, where, length, _as_it_is)

    def _sendmsg(self, header: int, result: Callable[[int], int]) -> None:
        sock = self._socket()
        if sock is not None and (not _is_internet(sock) or sock.type == socket.SOCK_STREAM):
            return self._let_through()
        where, length, pieces, count = _MESSAGE.unpack(self._read(header, _MESSAGE.size))
        flags = self._question.arguments[3 if self._question.call == _call("sendmmsg") else 2]
        self._send(sock, lambda: self._gather(pieces, count), flags, where, length, result)

    def _sendmmsg(self) -> None:
        """Several messages: the first is sent, and "one was sent" is an answer that every caller must expect."""
        if self._question.arguments[2] == 0:
            return self._return(0)
        header = self._question.arguments[1]

        def note(sent: int) -> int:
            os.pwrite(self._memory, struct.pack("=I", sent), header + _MESSAGE_SIZE)
            return 1

        self._sendmsg(header, note)

    def _send(
        self,
        sock: socket.socket | None,
        data: Callable[[], bytes],
        flags: int,
        where: int,
        length: int,
        result: Callable[[int], int],
    ) -> None:
        name = self._read(where, min(length, _SOCKADDR_LIMIT)) if where and length else b""
        if name:
            address = parse(name)
            if address is None:
                return self._fail(errno.EINVAL)
            if not self._warden.allows(address):
                return self._refuse("what was sent to", address)
        if sock is None:
            return self._let_through()
        self._return(result(kernel.send(sock.fileno(), data(), flags & 0x7FFFFFFF | socket.MSG_DONTWAIT, name)))

    def _gather(self, pieces: int, count: int) -> bytes:
        """The pieces of a message (struct iovec), as one."""
        table = self._read(pieces, 16 * min(count, _PIECES_LIMIT))
        gathered = bytearray()
        for where, size in struct.iter_unpack("=QQ", table):
            gathered += self._read(where, min(size, _DATAGRAM_LIMIT - len(gathered)))
        return bytes(gathered)

    # The program ----------------------------------------------------------------------------------------------

    def _read(self, where: int, size: int) -> bytes:
        try:
            return os.pread(self._memory, size, where) if size else b""
        except (OSError, OverflowError) as error:
            raise OSError(errno.EFAULT, "no such memory") from error

    def _socket(self) -> socket.socket | None:
        """A copy of the socket that the call is about; None where that is not allowed."""
        if not self._warden.exact:
            return None
        pidfd = os.pidfd_open(self._process)
        try:
            descriptor = kernel.take_descriptor(pidfd, _int(self._question.arguments[0]))
        finally:
            os.close(pidfd)
        try:
            return self._open.enter_context(socket.socket(fileno=descriptor))
        except OSError:  # ENOTSOCK: the program's mistake
            os.close(descriptor)
            raise

    # The answer -----------------------------------------------------------------------------------------------

    def _return(self, value: int) -> None:
        kernel.answer(self._listener, self._question, value=value)

    def _fail(self, error: int) -> None:
        kernel.answer(self._listener, self._question, error=error)

    def _let_through(self) -> None:
        kernel.let_through(self._listener, self._question)

    def _refuse(self, what: str, address: Address) -> None:
        # Said first: the program may end as soon as it has its answer.
        self._warden.say(self._process, f"{what} {address}")
        self._fail(errno.EACCES)


def _as_it_is(sent: int) -> int:
    return sent


def _call(name: str) -> int:
    return int(getattr(kernel.MACHINE, name))


def _int(argument: int) -> int:
    """An int among the arguments: the lower half of a register."""
    value: int = struct.unpack("=i", struct.pack("=I", argument & 0xFFFFFFFF))[0]
    return value


def _process_of(thread: int) -> int:
    """The process that a thread belongs to; it has the file descriptors."""
    with Path(f"/proc/{thread}/status").open("rb") as file:
        for line in file:
            if line.startswith(b"Tgid:"):
                return int(line.split()[1])
    return thread


def _is_internet(sock: socket.socket) -> bool:
    return sock.family in (socket.AF_INET, socket.AF_INET6)


def _waits(sock: socket.socket) -> bool:
    return not fcntl.fcntl(sock.fileno(), fcntl.F_GETFL) & os.O_NONBLOCK


def _takes_both(sock: socket.socket) -> bool:
    return sock.family == socket.AF_INET6 and not sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)


def _may_take_sockets() -> bool:
    """Whether this process may have copies of others' sockets: tried on a copy of one of its own."""
    try:
        pidfd = os.pidfd_open(os.getpid())
    except OSError:
        return False
    try:
        os.close(kernel.take_descriptor(pidfd, pidfd))
    except OSError:
        return False
    finally:
        os.close(pidfd)
    return True
