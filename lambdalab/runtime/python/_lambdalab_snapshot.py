"""Snapshots of a Python process, for SnapStart: what runs inside it. The other end: `runtime/processes/snapshots.py`.

awslambdaric says when: it calls `restore_next()` after Init and the before-snapshot hooks, and goes on when that
returns. There, this module forks. The first fork is the snapshot: a copy of the memory as it is now, with no thread but
this one, in which nothing runs any more. Each environment that is restored is a fork of that copy:

    Init, hooks ── fork ─▶ the snapshot ── fork ─▶ an environment: after-restore hooks, invocations …
         │                      └───────── fork ─▶ another one
         └ waits until the snapshot is deleted

So every environment begins with the same variables, the same state of `random`, the same identifiers. What a fork has
in common with its siblings and a restored machine has not is put right: open files get positions of their own, and
connections are closed, as nobody answers them after a restore. What a fork lacks is threads.
"""

from __future__ import annotations

import contextlib
import http.client  # noqa: F401 awslambdaric asks with it: on AWS, too, it is imported when the snapshot is taken
import json
import os
import select
import socket
import stat
import struct
import sys
import threading
import warnings
from typing import Any

_PARK = "GET /2018-06-01/runtime/restore/next HTTP/1.1\r\nHost: {}\r\n\r\n"
_TICK_S = 0.05
_NUMBER = struct.Struct("i")
_MOST_FDS = 8
_MESSAGE = 1 << 20

Pipes = dict[str, tuple[int, ...]]
"""The descriptors of this process that each restored environment gets anew, by what they are for."""


def take_at_restore_next(control: int, pipes: Pipes) -> None:
    """Have awslambdaric take a snapshot where it asks for the next restore. `control` leads to the lab."""
    from awslambdaric.lambda_runtime_client import BaseLambdaRuntimeClient as Client

    ask = Client.restore_next

    def restore_next(client: Any) -> None:
        _snapshot(socket.socket(fileno=control), pipes, os.environ["AWS_LAMBDA_RUNTIME_API"])
        client.lambda_runtime_address = os.environ["AWS_LAMBDA_RUNTIME_API"]
        ask(client)

    Client.restore_next = restore_next


def _snapshot(control: socket.socket, pipes: Pipes, address: str) -> None:
    """Returns in each environment that is restored, and nowhere else."""
    names = [thread.name for thread in threading.enumerate() if thread is not threading.current_thread()]
    _hang_up(control)
    if image := _fork():
        control.close()
        with contextlib.suppress(ChildProcessError):  # the function's code may ignore SIGCHLD
            os.waitpid(image, 0)
        os._exit(0)
    os.setpgid(0, 0)
    host, _, port = address.rpartition(":")
    parked = socket.create_connection((host, int(port)))
    parked.sendall(_PARK.format(address).encode())
    _wait_for_restores(control, parked, pipes)
    if names:
        print(
            f"lambdalab: threads that Init started are not in this environment: {', '.join(names)}. On AWS, a snapshot "
            "has them. Here, start them in a hook after the restore, or in the handler."
        )


def _wait_for_restores(control: socket.socket, parked: socket.socket, pipes: Pipes) -> None:
    """Fork when the lab asks for it, and tell it how each fork ended. Returns in a fork; ends when the lab hangs up."""
    forks: dict[int, int] = {}
    watched: dict[int, int] = {}
    """Process descriptors, where the system has them: they become readable when the fork has ended."""
    while True:
        wait_s = None if watched.keys() == forks.keys() else _TICK_S
        ready = control.fileno() in select.select([control.fileno(), *watched.values()], [], [], wait_s)[0]
        for pid in list(forks):
            with contextlib.suppress(ChildProcessError):
                ended, status = os.waitpid(pid, os.WNOHANG)
                if ended:
                    _tell(forks.pop(pid), os.waitstatus_to_exitcode(status), last=True)
                    if pid in watched:
                        os.close(watched.pop(pid))
        if not ready:
            continue
        message, descriptors, _, _ = socket.recv_fds(control, _MESSAGE, _MOST_FDS)
        if not message:
            os._exit(0)
        wanted = json.loads(message)
        given = dict(zip(wanted["descriptors"], descriptors, strict=True))
        ends = given.pop("ends")
        pid = _fork()
        if pid == 0:
            parked.close()
            control.close()
            for each in (ends, *forks.values(), *watched.values()):
                os.close(each)
            _become(wanted, given, pipes)
            return
        for descriptor in given.values():
            os.close(descriptor)
        _tell(ends, pid)
        forks[pid] = ends
        if hasattr(os, "pidfd_open"):
            watched[pid] = os.pidfd_open(pid)


def _become(wanted: dict[str, Any], given: dict[str, int], pipes: Pipes) -> None:
    """Take up the life of an environment of its own."""
    os.setpgid(0, wanted["group"])
    for name, descriptor in given.items():
        for mine in pipes[name]:
            os.dup2(descriptor, mine, inheritable=mine in (1, 2))
        os.close(descriptor)
    os.environ.update(wanted["environ"])
    if "tempfile" in sys.modules:
        sys.modules["tempfile"].__dict__["tempdir"] = None  # to be found anew
    _own_positions()


def _tell(pipe: int, number: int, *, last: bool = False) -> None:
    with contextlib.suppress(OSError):  # the environment was ended, and nobody waits
        os.write(pipe, _NUMBER.pack(number))
    if last:
        os.close(pipe)


def _fork() -> int:
    """Fork, and keep what Python itself makes unique in a fork: the state of `random`."""
    generator = getattr(sys.modules.get("random"), "_inst", None)
    state = generator.getstate() if generator is not None else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that other threads are not copied: we say so
        pid = os.fork()
    if pid == 0 and generator is not None:
        generator.setstate(state)
    return pid


def _descriptors() -> list[int]:
    with os.scandir("/dev/fd") as entries:
        return [int(entry.name) for entry in entries]


def _hang_up(control: socket.socket) -> None:
    """Close connections to servers: after a restore, these have long forgotten them."""
    for number in _descriptors():
        try:
            if number == control.fileno() or not stat.S_ISSOCK(os.fstat(number).st_mode):
                continue
            with socket.socket(fileno=os.dup(number)) as connection:
                listens = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
                if connection.family in (socket.AF_INET, socket.AF_INET6) and not listens:
                    connection.shutdown(socket.SHUT_RDWR)
        except OSError:  # not connected, or gone meanwhile
            continue


def _own_positions() -> None:
    """Open files again: forks share the position in a file with their siblings, restored machines do not."""
    import fcntl

    for number in _descriptors():
        try:
            if not stat.S_ISREG(os.fstat(number).st_mode):
                continue
            flags = fcntl.fcntl(number, fcntl.F_GETFL) & ~(os.O_CREAT | os.O_EXCL | os.O_TRUNC)
            position = os.lseek(number, 0, os.SEEK_CUR)
            inheritable = os.get_inheritable(number)
            again = os.open(f"/dev/fd/{number}", flags)
            os.lseek(again, position, os.SEEK_SET)
            os.dup2(again, number, inheritable=inheritable)
            os.close(again)
        except OSError:  # deleted meanwhile, or not to be opened like that
            continue
