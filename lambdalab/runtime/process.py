"""An execution environment made of a process that runs AWS's own runtime client.

Each environment has its own port for the Runtime API and one selector loop, which runs in the thread of whoever
invokes: no background threads, and the log's order is the order in which things were written. Between invocations
the process group is stopped (SIGSTOP), which is what freezing means to the code inside: its threads do not tick.
"""

from __future__ import annotations

import contextlib
import errno
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from . import runtimes
from .environment import LINE_LIMIT, Ending, Environment, Exit, InitResult, InvokeResult, NotStarted
from .protocol import Answer, RuntimeApi, State
from .runtimes import InvalidEntrypoint
from .runtimes.base import toward
from .wire import Connection
from .workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .events import Event
    from .function import Function
    from .protocol import Invocation

_TICK_S = 0.05
"""How often the memory of a running handler is looked at."""
_SETTLE_S = 1.0
"""How long a runtime may take after its answer to ask for the next invocation."""
_DRAIN_ROUNDS = 16
_FRAME_HEADER = 16
_CAN_FREEZE = hasattr(signal, "SIGSTOP")
_NO_PROGRAM = (errno.ENOENT, errno.EACCES, errno.ENOEXEC)
"""What the system says of a program that it does not start."""


class ProcessEnvironments:
    """Makes environments of processes; they share one workspace."""

    threads = True

    def __init__(self, variables: Callable[[Function], Mapping[str, str]], *, native_client: bool = True) -> None:
        """`variables` gives the credentials and addresses that the lab adds to a function's environment.

        `native_client`: whether to use awslambdaric's compiled transport where there is one.
        """
        self._workspace = Workspace(native_client=native_client)
        self._variables = variables

    def new(self, function: Function, publish: Callable[[Event], None]) -> ProcessEnvironment:
        """An environment for the function, not yet started."""
        return ProcessEnvironment(function, publish, workspace=self._workspace, variables=self._variables(function))

    @property
    def notes(self) -> list[str]:
        """What is different on this machine; usually nothing."""
        if self._workspace.native_client:
            return []
        return [
            "awslambdaric has no compiled transport for this platform: functions run through the lab's pure-Python "
            "stand-in for it. Everything else of the runtime client is AWS's own."
        ]

    def close(self) -> None:
        """Remove the shared folders."""
        self._workspace.close()


class ProcessEnvironment(Environment):
    """A process with a runtime client in it, and the Runtime API that it talks to."""

    def __init__(
        self,
        function: Function,
        publish: Callable[[Event], None],
        *,
        workspace: Workspace,
        variables: Mapping[str, str],
    ) -> None:
        super().__init__(function, publish)
        self._workspace = workspace
        self._variables = variables
        self._runtime = runtimes.find(function.runtime)
        self._folders = workspace.folders(function, self._runtime, self.id)
        self._process: subprocess.Popen[bytes] | None = None
        self._parked: Connection | None = None
        self._status_file: int | None = None
        self._interrupted = False

    def interrupt(self) -> None:
        """Noticed by the loop within a tick."""
        self._interrupted = True

    def is_running(self) -> bool:
        """Whether the process lives: it may have been killed while it was frozen."""
        return self.alive and self._process is not None and self._process.poll() is None

    @property
    def _interpreter(self) -> str:
        return self._runtime.interpreter()

    # Phases ---------------------------------------------------------------------------------------------------

    def _init(self, limit_s: float) -> InitResult:
        if self._process is not None:
            self._end_process()
        try:
            self._spawn()
        except InvalidEntrypoint as error:
            return NotStarted(str(error))
        if self._pump(lambda: self._api.state is not State.STARTING, limit_s):
            if self._api.state is State.READY:
                return None
            answer = self._api.answer
            assert answer is not None
            self._pump(lambda: False, _SETTLE_S)  # its last words reach the log before it exits
            self._drain()
            self._flush_output()
            return Answer(self._folders.as_on_aws(answer.body), answer.error, answer.error_type)
        return self._why_silent()

    def _invoke(self, invocation: Invocation, limit_s: float) -> InvokeResult:
        assert self._parked is not None
        self._signal("SIGCONT")
        connection, self._parked = self._parked, None
        connection.send(self._api.dispatch(invocation))
        # Not "the state is ANSWERED": a quick runtime has asked for the next invocation by the time we look.
        self._pump(lambda: self._api.answer is not None, limit_s)
        answer = self._api.answer
        self._out_of_memory = self._look_at_memory()  # a quick handler may be over the limit before the first tick
        if answer is None or self._out_of_memory:
            return self._why_silent()
        return Answer(self._folders.as_on_aws(answer.body), answer.error, answer.error_type)

    def _settle(self) -> bool:
        ready = self._pump(lambda: self._api.state is State.READY, _SETTLE_S)
        if ready:
            self._signal("SIGSTOP")
        else:
            self._drain()
        self._flush_output()
        return ready

    def _shutdown(self) -> None:
        self._end_process()
        self._workspace.forget(self.id)

    def _peak_memory_mb(self) -> int:
        return max(1, round(self._peak_kb / 1024))

    # The process ----------------------------------------------------------------------------------------------

    def _spawn(self) -> None:
        self._api = RuntimeApi()
        self._parked = None
        self._connections: set[Connection] = set()
        self._exit_status: int | None = None
        self._out_of_memory = False
        self._peak_kb = 0
        self._frames = b""
        self._line = b""
        self._selector = selectors.DefaultSelector()
        self._listener = socket.create_server(("127.0.0.1", 0))
        telemetry_read, telemetry_write = os.pipe()
        stdout_read, stdout_write = os.pipe()
        # Its other end closes when the lab ends, however it ends: see _end_with_the_lab().
        lifeline_read, lifeline_write = os.pipe()
        self._pipes = [telemetry_read, stdout_read, lifeline_write]
        try:
            command = self._runtime.command(self.function, self._folders)
            self._process = subprocess.Popen(
                command,
                cwd=self._folders.task,
                env=self._environ(telemetry_write),
                stdin=subprocess.DEVNULL,
                stdout=stdout_write,
                stderr=stdout_write,
                pass_fds=[telemetry_write, lifeline_read],
                # A group of its own, so that what the handler starts is frozen and ended with it; the same session,
                # so that the kernel wakes and ends a frozen group when the lab itself is killed.
                process_group=0,
            )
            _end_with_the_lab(lifeline_read, self._process.pid)
        except BaseException as error:
            self._close()
            if isinstance(error, OSError) and error.errno in _NO_PROGRAM:
                program = self._folders.as_on_aws(os.fsencode(command[0])).decode("utf-8", "replace")
                raise InvalidEntrypoint(f"fork/exec {program}: {os.strerror(error.errno).lower()}") from error
            raise
        finally:
            for descriptor in (telemetry_write, stdout_write, lifeline_read):
                os.close(descriptor)
        watch = self._selector.register
        watch(self._listener, selectors.EVENT_READ, self._accept)
        # Before the pipes, so that what was written before a request is read before it is answered.
        watch(telemetry_read, selectors.EVENT_READ, self._read_frames)
        watch(stdout_read, selectors.EVENT_READ, self._read_stdout)
        self._status_file = None
        with contextlib.suppress(OSError):  # no /proc: not Linux
            self._status_file = os.open(f"/proc/{self._process.pid}/status", os.O_RDONLY)
            self._pipes.append(self._status_file)
        if hasattr(os, "pidfd_open"):
            self._pipes.append(pidfd := os.pidfd_open(self._process.pid))
            watch(pidfd, selectors.EVENT_READ, self._reap)

    def _environ(self, telemetry: int) -> dict[str, str]:
        """The environment variables of the runtime process; nothing of the lab's own environment is passed on.

        Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
        """
        function, folders = self.function, self._folders
        added = dict(self._variables)
        if not self._runtime.guards_itself and (proxy := added.pop("_LAMBDALAB_PROXY", None)):
            added |= toward(proxy)
        return {
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "PATH": f"/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:{folders.opt}/bin",
            # AWS names the system's own folders first; here the loader knows where those are.
            "LD_LIBRARY_PATH": f"{folders.task}:{folders.task}/lib:{folders.opt}/lib",
            "TMPDIR": str(folders.tmp),
            **self._runtime.variables(function, folders),
            **added,
            **function.environment,
            "AWS_REGION": function.region,
            "AWS_DEFAULT_REGION": function.region,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": function.version,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
            "AWS_LAMBDA_INITIALIZATION_TYPE": self.initialization_type,
            "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
            "AWS_LAMBDA_LOG_STREAM_NAME": self.log_stream,
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._listener.getsockname()[1]}",
            "LAMBDA_TASK_ROOT": str(folders.task),
            "LAMBDA_RUNTIME_DIR": str(folders.runtime),
            "_HANDLER": function.handler,
            "_LAMBDA_TELEMETRY_LOG_FD": str(telemetry),
        }

    def _end_process(self) -> None:
        """End the process and everything it started, and close what was open for it."""
        process, self._process = self._process, None
        if process is None:
            return
        self._kill(process)
        process.wait()
        self._close()

    def _close(self) -> None:
        """Close what was open for a process."""
        for connection in self._connections:
            connection.close()
        self._listener.close()
        self._selector.close()
        for pipe in self._pipes:
            os.close(pipe)
        self._pipes = []

    def _kill(self, process: subprocess.Popen[bytes]) -> None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):  # the group is empty: nothing is left to end
            process.kill()

    def _signal(self, name: str) -> None:
        """Freeze or thaw the process group, where the system can."""
        if _CAN_FREEZE and self._process is not None and self._exit_status is None:
            try:
                os.killpg(self._process.pid, getattr(signal, name))
            except ProcessLookupError:
                self._exit_status = self._process.wait()

    # The loop -------------------------------------------------------------------------------------------------

    def _pump(self, until: Callable[[], bool], seconds: float) -> bool:
        """Serve the runtime until `until()`, its exit, or the time is up. True if `until()` came."""
        end = time.perf_counter() + seconds
        next_look = time.perf_counter() + _TICK_S
        while not until():
            left = end - time.perf_counter()
            if left <= 0 or self._exit_status is not None:
                return False
            self._serve(min(left, _TICK_S))
            if time.perf_counter() >= next_look:
                self._out_of_memory = self._look_at_memory()
                next_look = time.perf_counter() + _TICK_S
            if (self._out_of_memory or self._interrupted) and self._process is not None:
                self._kill(self._process)
        return True

    def _drain(self) -> None:
        """Read what a runtime that has ended left in its pipes.

        A few rounds, each a pipe's full at most: something that left the process group may still be writing.
        """
        for _ in range(_DRAIN_ROUNDS):
            if not self._serve(0):
                break

    def _serve(self, wait_s: float) -> int:
        """Handle what is there; how many things that were."""
        ready = self._selector.select(wait_s)
        # Output first, then requests: the selector's own order is arbitrary. What was written before a request is in
        # the pipes when the request is there, and one read empties a pipe.
        if len(ready) > 1:
            ready.sort(key=lambda item: isinstance(item[0].fileobj, Connection))
        for key, _ in ready:
            key.data(key.fileobj)
        if not ready and self._process is not None and self._process.poll() is not None:
            self._exit_status = self._process.returncode
        return len(ready)

    def _accept(self, listener: socket.socket) -> None:
        accepted, _ = listener.accept()
        connection = Connection(accepted)
        self._connections.add(connection)
        self._selector.register(connection, selectors.EVENT_READ, self._requests)

    def _requests(self, connection: Connection) -> None:
        for request in connection.receive():
            reply = self._api.receive(request)
            if reply is None:
                self._parked = connection
            else:
                connection.send(reply)
        if connection.closed:
            self._forget(connection)

    def _forget(self, connection: Connection) -> None:
        self._connections.discard(connection)
        for key in [key for key in self._selector.get_map().values() if key.fileobj is connection]:
            self._selector.unregister(key.fileobj)

    def _reap(self, pidfd: Any) -> None:
        self._selector.unregister(pidfd)
        assert self._process is not None
        self._exit_status = self._process.wait()

    def _why_silent(self) -> Ending | Exit:
        """The runtime did not answer: end it if it still runs, and say what happened."""
        exited = self._exit_status
        if self._process is not None:
            self._kill(self._process)
            self._process.wait()
        self._drain()
        self._flush_output()
        if self._out_of_memory:
            return Ending.OUT_OF_MEMORY
        return Ending.TIMEOUT if exited is None else Exit(exited)

    # Output ---------------------------------------------------------------------------------------------------

    def _read_frames(self, pipe: Any) -> None:
        """Frames of the telemetry pipe: type, length, microseconds, message."""
        data = os.read(pipe, 1 << 16)
        if not data:
            self._selector.unregister(pipe)
        self._frames += data
        while len(self._frames) >= _FRAME_HEADER:
            length = int.from_bytes(self._frames[4:8], "big")
            if len(self._frames) < _FRAME_HEADER + length:
                break
            kind = int.from_bytes(self._frames[:4], "big")
            message = self._frames[_FRAME_HEADER : _FRAME_HEADER + length]
            self._frames = self._frames[_FRAME_HEADER + length :]
            if kind == 0:
                self._add_output(message)
            else:  # a record of the runtime client: one log event, whatever lines it has
                self._flush_output()
                self._record(message.removesuffix(b"\n"))

    def _read_stdout(self, pipe: Any) -> None:
        """What came down the real stdout: from child processes and compiled code."""
        data = os.read(pipe, 1 << 16)
        if not data:
            self._selector.unregister(pipe)
        self._add_output(data)

    def _add_output(self, data: bytes) -> None:
        *lines, self._line = (self._line + data).split(b"\n")
        for line in lines:
            self._record(line)
        if len(self._line) >= LINE_LIMIT:
            self._flush_output()

    def _flush_output(self) -> None:
        """A last line without its newline."""
        if self._line:
            self._record(self._line)
            self._line = b""

    def _record(self, message: bytes) -> None:
        self._write(self._folders.as_on_aws(message).decode("utf-8", "replace"))

    # Memory ---------------------------------------------------------------------------------------------------

    def _look_at_memory(self) -> bool:
        """Note the peak; True when it is over the function's limit."""
        if self._status_file is not None and self._exit_status is None:
            self._peak_kb = max(self._peak_kb, _peak_kb(self._status_file))
        return self._peak_kb > self.function.memory_mb * 1024


def _end_with_the_lab(lifeline: int, group: int) -> None:
    """Have the kernel kill a process group when the other end of the pipe `lifeline` closes.

    The lab closes it when it ends the environment, or when it is killed: then it cannot end its environments itself,
    and a handler in an endless loop would never notice. The wish belongs to the open pipe, not to who has it open: the
    lab states it and closes its copy, and the environment's processes, which inherited theirs, need know nothing of it.
    """
    if sys.platform != "linux":
        return
    import fcntl

    with contextlib.suppress(OSError):  # a kernel, or a sandbox, without it: functions run all the same
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, -group)
        fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)


def _peak_kb(status_file: int) -> int:
    """The most memory the process has held, in KB; 0 where the system does not say."""
    try:
        # VmHWM belongs to this process; ru_maxrss would carry over the peak of the process that started it. The file
        # stays open between invocations: opening it anew would cost more than reading it.
        return int(os.pread(status_file, 4096, 0).partition(b"VmHWM:")[2].split(None, 1)[0])
    except (OSError, IndexError, ValueError):
        return 0
