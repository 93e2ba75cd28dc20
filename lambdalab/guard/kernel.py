"""The system calls behind the fence, and the filter that says which calls of a program the kernel asks about.

A filter of this kind (seccomp) belongs to a thread and to whatever it starts; nothing takes it off again. Calls that
could reach another machine are sent to whoever holds the filter's listener, and wait for the answer. Kinds of sockets
that nobody here needs are refused by the filter itself.

https://man7.org/linux/man-pages/man2/seccomp.2.html, man2/seccomp_unotify.2.html, and linux/bpf_common.h
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import platform
import socket
import struct
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class _Machine:
    """A processor architecture: its name in filters, and the numbers of its system calls."""

    audit: int
    seccomp: int
    socket: int
    connect: int
    bind: int
    listen: int
    sendto: int
    sendmsg: int
    sendmmsg: int
    io_uring_setup: int = 425
    pidfd_getfd: int = 438


_X86_64 = _Machine(0xC000003E, 317, socket=41, connect=42, bind=49, listen=50, sendto=44, sendmsg=46, sendmmsg=307)
_AARCH64 = _Machine(
    0xC00000B7, 277, socket=198, connect=203, bind=200, listen=201, sendto=206, sendmsg=211, sendmmsg=269
)
_MACHINES = {"x86_64": _X86_64, "amd64": _X86_64, "aarch64": _AARCH64, "arm64": _AARCH64}
MACHINE = _MACHINES.get(platform.machine().lower()) if sys.platform == "linux" and sys.maxsize > 2**32 else None
"""What this machine is; None where there is no fence."""

MSG_FASTOPEN = 0x20000000
_AF_NETLINK = 16

_PR_SET_NO_NEW_PRIVS = 38
_SET_MODE_FILTER = 1
_NEW_LISTENER, _WAIT_KILLABLE = 1 << 3, 1 << 5
_ALLOW, _ASK, _REFUSE = 0x7FFF0000, 0x7FC00000, 0x00050000
_LOAD, _EQUAL, _AT_LEAST, _AND, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x54, 0x45, 0x06

_NOTIFICATION = struct.Struct("=QIIiIQ6Q")
_ANSWER = struct.Struct("=QqiI")
_RECEIVE, _SEND, _STILL_WAITING = 0xC0502100, 0xC0182101, 0x40082102
_CONTINUE = 1


class NoFence(Exception):
    """This machine's kernel, or who runs it, does not allow a fence. The message says why."""


class AlreadyFenced(Exception):
    """This process was started behind a fence: of another lab."""


@dataclass(frozen=True)
class Question:
    """A program is about to do a system call, and waits."""

    id: int
    thread: int
    call: int
    arguments: tuple[int, ...]


_Step = tuple[int, int, int, int]
"""One instruction: what to do, how many to skip if it is so, how many if not, and a number."""


def _give(action: int, error: int = 0) -> _Step:
    return (_RETURN, 0, 0, action | error)


def _argument(number: int, *, high: bool = False) -> _Step:
    """Look at one half of an argument of the call. (Both kinds of machine store the low half first.)"""
    return (_LOAD, 0, 0, 16 + 8 * number + 4 * high)


def _only_if(value: int, *block: _Step) -> list[_Step]:
    """A block, which ends with a return, for this value of what is looked at."""
    return [(_EQUAL, 0, len(block), value), *block]


def _filter(machine: _Machine) -> bytes:
    """The filter, as the kernel's little machine runs it for each system call."""
    # "Fast open" connects while it sends.
    no_fast_open = ((_ANY_BIT, 0, 1, MSG_FASTOPEN), _give(_REFUSE, errno.EOPNOTSUPP))
    steps: list[_Step] = [
        (_LOAD, 0, 0, 4),
        (_EQUAL, 1, 0, machine.audit),
        _give(_REFUSE, errno.ENOSYS),  # another architecture's way into the kernel
        (_LOAD, 0, 0, 0),
    ]
    if machine is _X86_64:
        steps += [(_AT_LEAST, 0, 1, 0x40000000), _give(_REFUSE, errno.ENOSYS)]  # x32: the same calls, other numbers
    steps += _only_if(machine.io_uring_setup, _give(_REFUSE, errno.ENOSYS))  # does calls that no filter sees
    for call in (machine.connect, machine.bind, machine.listen):
        steps += _only_if(call, _give(_ASK))
    steps += _only_if(machine.sendmsg, _argument(2), *no_fast_open, _give(_ASK))
    steps += _only_if(machine.sendmmsg, _argument(3), *no_fast_open, _give(_ASK))
    steps += _only_if(
        machine.sendto,
        _argument(3),
        *no_fast_open,
        _argument(4),
        (_EQUAL, 0, 2, 0),
        _argument(4, high=True),
        (_EQUAL, 1, 0, 0),
        _give(_ASK),
        _give(_ALLOW),  # no address: it goes to where the socket was connected
    )
    steps += [(_EQUAL, 1, 0, machine.socket), _give(_ALLOW), _argument(0)]
    for family in (socket.AF_UNIX, _AF_NETLINK):
        steps += _only_if(family, _give(_ALLOW))
    steps += [(_EQUAL, 2, 0, socket.AF_INET), (_EQUAL, 1, 0, socket.AF_INET6), _give(_REFUSE, errno.EAFNOSUPPORT)]
    steps += [_argument(1), (_AND, 0, 0, 0xF)]  # the kind, without the flags that may stand in the same number
    for kind, protocol in ((socket.SOCK_STREAM, socket.IPPROTO_TCP), (socket.SOCK_DGRAM, socket.IPPROTO_UDP)):
        steps += _only_if(
            kind,
            _argument(2),
            (_EQUAL, 2, 0, 0),
            (_EQUAL, 1, 0, protocol),
            _give(_REFUSE, errno.EPROTONOSUPPORT),
            _give(_ALLOW),
        )
    steps.append(_give(_REFUSE, errno.EPERM))  # raw sockets
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.argtypes = [ctypes.c_long] * 5
    libc.syscall.restype = ctypes.c_long
    libc.prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
    libc.sendto.restype = ctypes.c_ssize_t
    libc.sendto.argtypes = [
        ctypes.c_int,
        ctypes.c_char_p,
        ctypes.c_size_t,
        ctypes.c_int,
        ctypes.c_char_p,
        ctypes.c_uint,
    ]
    libc.connect.argtypes = libc.bind.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_uint]
    return libc


_LIBC = _libc() if MACHINE is not None else None


def fence_in_this_thread() -> int:
    """Put the calling thread behind a fence, for good; returns the listener's file descriptor.

    With it goes that programs gain no privileges (setuid) from here on: else they could take the fence off.
    """
    if MACHINE is None or _LIBC is None:
        raise NoFence(f"that is written for x86-64 and arm64, and this is {platform.machine()}")
    if _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise NoFence(f"the kernel keeps no_new_privs from being set ({os.strerror(ctypes.get_errno())})")
    code = _filter(MACHINE)
    program = ctypes.byref(_Program(len(code) // 8, code))
    address = ctypes.cast(program, ctypes.c_void_p).value
    for flags in (_NEW_LISTENER | _WAIT_KILLABLE, _NEW_LISTENER):  # the first since Linux 5.19
        listener = _LIBC.syscall(MACHINE.seccomp, _SET_MODE_FILTER, flags, address, 0)
        if listener >= 0:
            return int(listener)
        number = ctypes.get_errno()
        if number == errno.EBUSY:
            raise AlreadyFenced
        if number != errno.EINVAL:
            break
    raise NoFence(f"the kernel takes no filter with a listener ({os.strerror(number)}; Linux has them since 5.9)")


def receive(listener: int) -> Question | None:
    """The next question; None if who asked it is gone."""
    buffer = bytearray(_NOTIFICATION.size)
    try:
        fcntl.ioctl(listener, _RECEIVE, buffer)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.EINTR):
            return None
        raise
    id, thread, _, call, _, _, *arguments = _NOTIFICATION.unpack(buffer)
    return Question(id, thread, call, tuple(arguments))


def answer(listener: int, question: Question, *, value: int = 0, error: int = 0) -> None:
    """The call returns this value or this error, and was not done."""
    _send(listener, _ANSWER.pack(question.id, value, -error, 0))


def let_through(listener: int, question: Question) -> None:
    """The kernel does the call, with the arguments as they are by then."""
    _send(listener, _ANSWER.pack(question.id, 0, 0, _CONTINUE))


def _send(listener: int, packed: bytes) -> None:
    try:
        fcntl.ioctl(listener, _SEND, bytearray(packed))
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.EINPROGRESS):  # it does not wait any more
            raise


def still_waiting(listener: int, question: Question) -> bool:
    """Whether who asked is still there: else its number may be another's by now."""
    try:
        fcntl.ioctl(listener, _STILL_WAITING, bytearray(struct.pack("=Q", question.id)))
    except OSError:
        return False
    return True


def take_descriptor(pidfd: int, number: int) -> int:
    """A copy of another process's file descriptor: the same socket, held by both."""
    assert MACHINE is not None
    assert _LIBC is not None
    return _check(_LIBC.syscall(MACHINE.pidfd_getfd, pidfd, number, 0, 0))


def connect(descriptor: int, address: bytes) -> None:
    """connect(2) with the bytes of a sockaddr; Python's own would look the name up."""
    assert _LIBC is not None
    _check(_LIBC.connect(descriptor, address, len(address)))


def bind(descriptor: int, address: bytes) -> None:
    """bind(2) with the bytes of a sockaddr."""
    assert _LIBC is not None
    _check(_LIBC.bind(descriptor, address, len(address)))


def send(descriptor: int, data: bytes, flags: int, address: bytes) -> int:
    """sendto(2); an empty address stands for none."""
    assert _LIBC is not None
    return _check(_LIBC.sendto(descriptor, data, len(data), flags, address or None, len(address)))


def _check(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return int(result)
