"""The fence: a thread of which every child, and every child's child, asks before it reaches another machine.

A filter that the kernel applies to a thread passes on to what the thread starts, and stays. So the lab keeps one thread
behind the fence, which does nothing but start things: the programs of cells (`children.py` sends them here) and, in
threads born of it, the processes of execution environments. The lab's other threads stay free of it, and the process is
what it was when the lab has stopped.

A process that was forked, not started, has no such birth: it puts itself behind a fence of its own as soon as it lives,
and hands the listener to the same warden.

The fence is not for holding an attacker who has your user's rights: they could ask another program of yours, outside,
to reach the network for them. It holds every program that only means to.
"""

from __future__ import annotations

import errno
import os
import platform
import queue
import signal
import socket
import sys
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from . import children
from .addresses import stays_here

if TYPE_CHECKING:
    from collections.abc import Callable

    from .addresses import Address
    from .seccomp_supervisor import Warden

T = TypeVar("T")

_A_MOMENT_S = 0.05
_OUTSIDE = ("192.0.2.1", 9)
"""An address that belongs to nobody (RFC 5737). Connecting a datagram socket to it sends nothing."""


class Fence:
    """Made by the lab when it starts, closed when it stops."""

    def __init__(self, allowed: Callable[[Address], bool] = stays_here) -> None:
        """`allowed` says which addresses may be reached; tests give a rule under which something is outside."""
        self.missing = ""
        """Why this machine has none; empty if it has."""
        self._warden: Warden | None = None
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._here = threading.local()
        self._process = os.getpid()
        if sys.platform != "linux":
            self.missing = f"that needs Linux, and this is {platform.system()}"
            return
        from .kernel import AlreadyFenced, NoFence

        try:
            self._build(allowed)
        except AlreadyFenced:
            if not _is_held():
                self.missing = "this process was started behind another program's filter, and the kernel allows one"
        except NoFence as error:
            self.missing = str(error)

    @property
    def exact(self) -> bool:
        """Whether even a program that changes an address while it is looked at is held."""
        return self._warden is None or self._warden.exact

    def _build(self, allowed: Callable[[Address], bool]) -> None:
        from .seccomp_supervisor import Warden

        built: Future[int] = Future()
        self._thread = threading.Thread(target=self._start_things, args=(built,), name="lambdalab-fence", daemon=True)
        self._thread.start()
        listener = built.result()
        self._warden = Warden(allowed)
        self._warden.watch(listener)

    def _start_things(self, built: Future[int]) -> None:
        from .kernel import fence_in_this_thread

        try:
            built.set_result(fence_in_this_thread())
        except BaseException as error:
            built.set_exception(error)
            return
        self._here.behind = True
        while (work := self._work.get()) is not None:
            work()
            del work

    def call(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """What the function returns or raises, called behind the fence.

        For what takes no time: all have to share one thread. (Not one for each call: some programs ask to be ended with
        the thread that started them.)
        """
        if not self._has_thread or getattr(self._here, "behind", False):
            return function(*args, **kwargs)
        future: Future[T] = Future()
        self._work.put(lambda: _fulfil(future, function, args, kwargs))
        return _whatever_happens(future)

    def call_in_new_thread(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """As `call`, in a thread for this only, born behind the fence: it may take time, and may change itself."""
        future: Future[T] = Future()

        def run() -> None:
            self._here.behind = True
            _fulfil(future, function, args, kwargs)

        thread = self.call(_started, run)
        try:
            return future.result()
        finally:
            thread.join()

    def hold_children(self) -> None:
        """From now on, what this process starts is born behind the fence."""
        if self._has_thread:
            children.hold(self)

    def let_children_go(self) -> None:
        """From now on, what this process starts is as free as the process."""
        children.let_go(self)

    def close(self) -> None:
        """Take it down. What is still behind it can reach nothing any more, this machine included."""
        self.let_children_go()
        if self._thread is not None and self._has_thread:
            self._work.put(None)
            self._thread.join()
        self._thread = None
        if self._warden is not None:
            self._warden.close()

    @property
    def _has_thread(self) -> bool:
        return self._warden is not None and self._thread is not None and os.getpid() == self._process

    def adopt(self) -> None:
        """In a process that was forked from the lab's: put it behind the fence.

        Sending the listener is one of the calls that the new fence asks about, and nobody answers before it is sent. So
        a thread that is not behind it sends.
        """
        warden = self._warden
        if warden is None:
            return
        from .kernel import AlreadyFenced, NoFence, fence_in_this_thread

        listener: queue.SimpleQueue[int | None] = queue.SimpleQueue()

        def hand_over() -> None:
            if (number := listener.get()) is not None:
                warden.watch(number)

        messenger = threading.Thread(target=hand_over)
        messenger.start()
        number = None
        try:
            number = fence_in_this_thread()
        except (AlreadyFenced, NoFence):
            pass
        finally:
            listener.put(number)
            messenger.join()


def _started(run: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=run, name="lambdalab-born", daemon=True)
    thread.start()
    return thread


def _fulfil(future: Future[T], function: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    try:
        future.set_result(function(*args, **kwargs))
    except BaseException as error:
        future.set_exception(error)


def _whatever_happens(future: Future[T]) -> T:
    """The result. Ctrl-C comes after it: a process that has been started must be known to who started it."""
    try:
        return future.result()
    except KeyboardInterrupt as interrupt:
        if future.done() and future.exception() is interrupt:  # the function's own
            raise
    result = _whatever_happens(future)
    # By then the caller has the result. A signal, not interrupt_main(): it also ends what the thread waits for.
    threading.Timer(_A_MOMENT_S, signal.pthread_kill, (threading.main_thread().ident, signal.SIGINT)).start()
    return result


def _is_held() -> bool:
    """Whether the fence that this process was born behind is a lab's."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        return sock.connect_ex(_OUTSIDE) == errno.EACCES
