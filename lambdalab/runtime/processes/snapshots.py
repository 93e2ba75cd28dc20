"""SnapStart with processes: Init runs once and ends in a snapshot; each environment is a fork of it.

AWS stores the memory and the disk of a whole machine and starts new ones from that. Here the snapshot is a process that
has run Init and the before-snapshot hooks and does nothing more; to restore an environment is to fork it (see
`python/_lambdalab_snapshot.py`, which does the forking, inside). So what a learner meets is what they meet on AWS:
module-level state, the state of `random`, everything in memory is the snapshot's in every environment; what is to be
unique must be made after the restore. /tmp is copied, connections opened in Init are closed.

What differs from AWS:

- Threads that Init started are not in the restored environments; the log says so.
- Extensions are programs of their own, which cannot be forked: each environment starts its own.
- Only Python can be forked. With Java, restoring runs Init again: hooks (CRaC) do not run, what Init makes unique is
  not the same in every environment, and the log says so. .NET is not a runtime of this lab.
- A restore takes some milliseconds here; on AWS it takes some hundred, as the snapshot has to be fetched.
- Functions with SnapStart see this machine's paths, also where others see AWS's (`namespace.py`): a fork stays where
  its parent was. Paths below /tmp that Init stored lead to the snapshot's folder, which is then shared.
- AWS has the SDK read its credentials from a local address, so that they are fresh after a restore; here they are in
  the environment variables, and do not expire.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from lambdalab.runtime.runtime_api.protocol import State
from lambdalab.runtime.runtimes.python import PythonRuntime

from .parent_death import end_with_the_lab
from .process import ProcessEnvironment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lambdalab.runtime.environment import Environment, InitResult
    from lambdalab.runtime.events import Event
    from lambdalab.runtime.function import Function

_GOODBYE_S = 1.0
"""How long a snapshot may take to end when it is deleted."""
_NUMBER = struct.Struct("i")
_INIT_AGAIN = (
    "lambdalab: a function of {} cannot be restored from a snapshot here, so Init runs again. Its hooks do not run, "
    "and what Init makes unique differs between environments; on AWS it is the same in all of them."
)


class SnapStartEnvironment(ProcessEnvironment):
    """An environment that ends Init in a snapshot, or comes out of one."""

    def __init__(self, function: Function, publish: Callable[[Event], None], **settings: Any) -> None:
        super().__init__(function, publish, **settings)
        self._namespace, self._folders = None, self._folders.here
        self._control: socket.socket | None = None
        """Leads to the process that forks: there is one if this is a snapshot, and its runtime can."""
        self._source: SnapStartEnvironment | None = None
        """The snapshot that is to be forked."""
        self._out_at = 0.0
        self._turn = threading.Lock()

    @property
    def _can_fork(self) -> bool:
        return isinstance(self._runtime, PythonRuntime) and hasattr(os, "fork")

    # The snapshot ---------------------------------------------------------------------------------------------

    def _init(self, limit_s: float) -> InitResult:
        result = super()._init(limit_s)
        if result is None and self.snapshot is None:
            if self._control is not None:
                self._signal("SIGSTOP")  # threads and extensions; the process that forks is in a group of its own
            else:
                self._end_process()  # Init has shown that it works; there is nothing to be forked
        return result

    def _open(self) -> None:
        super()._open()
        self._api.snap_start = True
        if self._source is not None:
            self._api.state = State.RESTORING

    def _start_runtime(self) -> None:
        if self._source is not None:
            self._process = cast("subprocess.Popen[bytes]", self._source.fork(self))
            self._out_at = time.perf_counter()
            if not self._group:
                self._group = self._process.pid
                end_with_the_lab(self._lifeline, self._group)
            self._watch_exit(self._process, self._reap)
            return
        if self.snapshot is None and self._can_fork:
            self._control, theirs = socket.socketpair()
            self._passed = (theirs.detach(),)
            self._theirs.extend(self._passed)
        super()._start_runtime()

    def _environ(self, telemetry: int) -> dict[str, str]:
        environ = super()._environ(telemetry)
        if self._passed:
            environ["_LAMBDALAB_SNAPSHOT"] = f"{self._passed[0]},{self._lifeline}"
        return environ

    def fork(self, environment: SnapStartEnvironment) -> Fork:
        """Have the snapshot forked for an environment. Called in the threads of those who wait for it."""
        ends, theirs = os.pipe()
        given = {**environment.pipes_of_the_runtime, "ends": theirs}
        message = {
            "descriptors": list(given),
            "environ": environment.variables_after_restore,
            "group": environment._group,
        }
        try:
            with self._turn:
                if self._control is None:
                    raise BrokenPipeError
                socket.send_fds(self._control, [json.dumps(message).encode()], list(given.values()))
                os.close(theirs)
                theirs = -1
                pid = _number(ends)
        except OSError:
            pid = None
        finally:
            if theirs >= 0:
                os.close(theirs)
        if pid is None:
            os.close(ends)
            raise RuntimeError(f"the snapshot of {self.function.name}:{self.function.version} is gone: publish again")
        return Fork(pid, ends)

    @property
    def pipes_of_the_runtime(self) -> dict[str, int]:
        """What a runtime writes to and lives by, by the names that the inside knows."""
        return {"telemetry": self._telemetry, "stdout": self._stdout, "lifeline": self._lifeline}

    @property
    def variables_after_restore(self) -> Mapping[str, str]:
        """The variables that are not those of the snapshot."""
        environ = self._environ(-1)
        names = {*self._variables, "AWS_LAMBDA_RUNTIME_API", "TMPDIR"} - {"_LAMBDALAB_PROXY"}
        return {name: environ[name] for name in names if name in environ}

    # Out of it ------------------------------------------------------------------------------------------------

    def _restore(self, snapshot: Environment, limit_s: float) -> tuple[InitResult, float]:
        assert isinstance(snapshot, SnapStartEnvironment)
        if snapshot._control is None:
            return self._initialise_again(limit_s)
        theirs = snapshot._folders.tmp
        shutil.copytree(theirs, self._folders.tmp, symlinks=True, dirs_exist_ok=True)
        self._folders = replace(self._folders, others=(*self._folders.others, (str(theirs), "/tmp")))
        self._source = snapshot
        self._out_at = time.perf_counter()
        result = self._init(limit_s)
        return result, time.perf_counter() - self._out_at

    def _initialise_again(self, limit_s: float) -> tuple[InitResult, float]:
        """Where nothing can be forked."""
        self._tell(self._system.note(_INIT_AGAIN.format(self.function.runtime)))
        result = self._init(self.init_limit_s)
        began = time.perf_counter()
        if result is None and self._api.state is State.RESTORE_READY:
            assert self._parked is not None
            self._parked.send(self._api.restore())
            result = self._wait_for_init(began + limit_s)
        return result, time.perf_counter() - began

    def _shutdown(self) -> None:
        if self._control is not None:
            with self._turn:
                self._control.close()
                self._control = None
            if self._process is not None:
                # The process that forks ends by itself; the one that ran Init is its parent, and waits for it.
                with contextlib.suppress(OSError):
                    os.kill(self._process.pid, signal.SIGCONT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(timeout=_GOODBYE_S)
        super()._shutdown()


class Fork:
    """A process that is not a child of ours, with what `subprocess.Popen` has of it. Its parent tells how it ended."""

    def __init__(self, pid: int, ends: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ends = ends

    def poll(self) -> int | None:
        """The exit status, if it has ended."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:  # its parent knows already, and is about to tell us
            return self._look(None)
        except PermissionError:  # somebody else's by now
            pass
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end."""
        status = self._look(None if timeout is None else timeout * 1e3)
        if status is None:
            raise subprocess.TimeoutExpired("a fork of a snapshot", timeout or 0.0)
        return status

    def kill(self) -> None:
        """Send SIGKILL."""
        self._send(signal.SIGKILL)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self._send(signal.SIGTERM)

    def _send(self, number: signal.Signals) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def _look(self, wait_ms: float | None) -> int | None:
        if self.returncode is None:
            watch = select.poll()
            watch.register(self._ends, select.POLLIN)
            if watch.poll(wait_ms):
                status = _number(self._ends)
                self.returncode = -signal.SIGKILL if status is None else status  # who would know, is dead
                os.close(self._ends)
        return self.returncode


def _number(pipe: int) -> int | None:
    """The next number in a pipe; None at its end."""
    data = os.read(pipe, _NUMBER.size)
    return int(_NUMBER.unpack(data)[0]) if len(data) == _NUMBER.size else None
