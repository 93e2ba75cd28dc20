"""An execution environment made of processes: one that runs AWS's own runtime client, and one for each extension.

Each environment has its own port for the Runtime API and one selector loop, which runs in the thread of whoever
invokes: no background threads, and the log's order is the order in which things were written. Between invocations
the process group is stopped (SIGSTOP), which is what freezing means to the code inside: its threads do not tick.

Extensions are programs in the layers' `extensions/` folder. They start before the runtime, in the same process group,
and take part in every phase (see `extensions.py` for the protocol). One difference from AWS: there the caller has its
answer as soon as the runtime gave it, here when the extensions are done as well.
"""

from __future__ import annotations

import errno
import os
import selectors
import signal
import socket
import subprocess
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lambdalab.runtime import runtimes
from lambdalab.runtime.environment import (
    Ending,
    Environment,
    Exit,
    ExtensionExit,
    Failure,
    InitResult,
    InvokeResult,
    NotStarted,
)
from lambdalab.runtime.logs.output import Output
from lambdalab.runtime.runtime_api.extensions import (
    EXTENSION_LIMIT,
    SHUTDOWN,
    Extension,
    ExtensionsApi,
    ExtensionState,
    is_for_extensions,
)
from lambdalab.runtime.runtime_api.peer_credentials import is_of_this_user
from lambdalab.runtime.runtime_api.protocol import Closing, Opening, Piece, Reply, Request, RuntimeApi, State
from lambdalab.runtime.runtime_api.wire import Connection
from lambdalab.runtime.runtimes import InvalidEntrypoint
from lambdalab.runtime.runtimes.base import toward
from lambdalab.runtime.variables import variables_of

from .graceful_exit import ask_to_end
from .memory import Memory
from .parent_death import end_with_the_lab

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from lambdalab.runtime.events import Event
    from lambdalab.runtime.function import Function, ResponseStream
    from lambdalab.runtime.logs.log_level import Level
    from lambdalab.runtime.runtime_api.protocol import Invocation, Upload

    from .folders import Folders
    from .namespace import Namespaces
    from .workspace import Workspace

_TICK_S = 0.05
"""How often the memory of a running handler is looked at."""
_EXIT_S = 0.25
"""How long a runtime that let go of its answer in the middle may take to exit, if that is why."""
_SETTLE_S = 5.0
"""How long a runtime may take after its answer to ask for the next invocation.

Long enough for a busy machine: an environment that is given up is a cold start, which AWS would not have there.
"""
_SHUTDOWN_S = 2.0
"""How long the Shutdown phase may take when there is an extension that is a process; else there is none.

Source, also of the runtime's share: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
"""
_RUNTIME_SHARE_S, _RUNTIME_SHARE_WITH_INTERNAL_S = 0.3, 0.5
_NOT_FOR_EXTENSIONS = (
    # https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html#runtimes-extensions-api-reg
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
    "_HANDLER",
    "_LAMBDA_TELEMETRY_LOG_FD",
    "_LAMBDALAB_PROXY",
)
_BUSY_STARTING = (State.STARTING, State.RESTORING)
_STARTED = (State.READY, State.RESTORE_READY)
_DRAIN_ROUNDS = 16
_CAN_FREEZE = hasattr(signal, "SIGSTOP")
_NO_PROGRAM = (errno.ENOENT, errno.EACCES, errno.ENOEXEC)
"""What the system says of a program that it does not start."""


class ProcessEnvironment(Environment):
    """A process with a runtime client in it, and the Runtime API that it talks to."""

    _passed: Sequence[int] = ()
    """Further descriptors that the runtime's process gets."""

    def __init__(
        self,
        function: Function,
        publish: Callable[[Event], None],
        *,
        workspace: Workspace,
        namespaces: Namespaces,
        variables: Mapping[str, str],
    ) -> None:
        super().__init__(function, publish)
        self._workspace = workspace
        self._variables = variables
        self._runtime = runtimes.find(function.runtime)
        folders = workspace.folders(function, self._runtime, self.id)
        self._namespace = namespaces.of(folders, workspace.root)
        self._birthplace = namespaces.birthplace
        self._folders = folders.at_aws_paths() if self._namespace else folders
        self._process: subprocess.Popen[bytes] | None = None
        self._extension_processes: dict[Extension, subprocess.Popen[bytes]] = {}
        self._group = 0
        self._opened = False
        self._parked: Connection | None = None
        self._stream: ResponseStream | None = None
        self._torn: Upload | None = None
        self._interrupted = False

    def interrupt(self) -> None:
        """Noticed by the loop within a tick."""
        self._interrupted = True
        if stream := self._stream:
            stream.let_go()

    def is_running(self) -> bool:
        """Whether the processes live: they may have been killed while they were frozen."""
        return self.alive and self._process is not None and all(each.poll() is None for each in self._processes)

    @property
    def _interpreter(self) -> str:
        return self._runtime.interpreter()

    # Phases ---------------------------------------------------------------------------------------------------

    def _restore(self, snapshot: Environment, limit_s: float) -> tuple[InitResult, float]:
        raise NotImplementedError("only functions with SnapStart are restored")

    def _init(self, limit_s: float) -> InitResult:
        self._end_process()
        ends = time.perf_counter() + limit_s
        try:
            result = self._wait_for_init(ends) if self._spawn(ends) else self._why_silent()
        except _Unstartable as error:
            result = error.result
        self._extensions.open_for_registration = False
        for extension in self._extensions.extensions:
            self._tell(self._system.extension(extension))
        return result

    def _wait_for_init(self, ends: float) -> InitResult:
        """Until the runtime and the extensions have asked for something to do."""
        if not self._pump(lambda: self._api.state not in _BUSY_STARTING, ends - time.perf_counter()):
            return self._why_silent()
        self._memory.look()  # a runtime that dies later cannot be asked any more
        if self._api.state in _STARTED:
            ready = self._pump(lambda: self._extensions.all_ready, ends - time.perf_counter())
            return None if ready else self._why_silent()
        answer = self._api.answer
        assert answer is not None
        self._pump(lambda: False, _SETTLE_S)  # its last words reach the log before it exits
        self._shut_down("failure")
        self._drain()
        self._output.flush()
        return replace(answer, body=self._folders.as_on_aws(answer.body))

    def _invoke(self, invocation: Invocation, limit_s: float, stream: ResponseStream | None) -> InvokeResult:
        assert self._parked is not None
        self._stream, self._torn = stream, None
        try:
            return self._run(invocation, limit_s, self._parked)
        finally:
            self._stream = None

    def _run(self, invocation: Invocation, limit_s: float, parked: Connection) -> InvokeResult:
        self._signal("SIGCONT")
        self._time_is_up = time.perf_counter() + limit_s
        self._extensions_ms = 0.0
        pieces = _Relay(self._stream, self._folders, self._time_is_up) if self._stream else None
        self._parked = None
        self._answer_extensions(self._extensions.invoke(invocation))
        parked.send(self._api.dispatch(invocation, pieces), limit_s)
        # Not "the state is ANSWERED": a quick runtime has asked for the next invocation by the time we look.
        self._pump(lambda: self._api.answer is not None or self._torn is not None, limit_s)
        if torn := self._torn:
            self._pump(lambda: False, _EXIT_S)
            if not self._has_ended:
                torn.tear()
        answer = self._api.answer
        self._out_of_memory = self._is_over_its_memory()  # a quick handler may be over the limit before the first tick
        if answer is None or self._out_of_memory:
            return self._why_silent()
        return replace(answer, body=self._folders.as_on_aws(answer.body))

    def _settle(self) -> bool:
        ready = self._pump(lambda: self._api.state is State.READY, _SETTLE_S)
        if ready and self._extensions.extensions:
            began = time.perf_counter()
            ready = self._pump(lambda: self._extensions.all_ready, self._time_is_up - began)
            self._extensions_ms = (time.perf_counter() - began) * 1e3
            if not ready:
                self._shutdown_reason = "failure" if self._extension_exit else "timeout"
        if ready:
            self._signal("SIGSTOP")
        else:
            self._drain()
        self._output.flush()
        return ready

    def _shutdown(self) -> None:
        if self._opened:
            self._shut_down(self._shutdown_reason)
            self._drain()
            self._output.flush()
        self._end_process()
        self._workspace.forget(self.id)

    def _peak_memory_mb(self) -> int:
        return max(1, round(self._memory.peak_mb))

    # The process ----------------------------------------------------------------------------------------------

    @property
    def _has_ended(self) -> bool:
        return self._exit_status is not None or self._extension_exit is not None

    @property
    def _processes(self) -> list[subprocess.Popen[bytes]]:
        runtime = [self._process] if self._process is not None else []
        return [*self._extension_processes.values(), *runtime]

    def _spawn(self, ends: float) -> bool:
        """Start the extensions, wait until they have registered, start the runtime. False if they did not by then."""
        self._open()
        try:
            for path in self._folders.extensions:
                self._start_extension(path)
            if not self._pump(lambda: self._extensions.all_registered, ends - time.perf_counter()):
                return False
            self._start_runtime()
            return True
        except BaseException:
            self._end_process()
            raise
        finally:
            for descriptor in self._theirs:
                os.close(descriptor)

    def _open(self) -> None:
        """What processes are going to talk to: the Runtime API's port, pipes for their output, and the lifeline."""
        self._api = RuntimeApi()
        self._extensions = ExtensionsApi(
            function_name=self.function.name,
            function_version=self.function.version,
            handler=self.function.handler,
            external=[path.name for path in self._folders.extensions],
        )
        self._parked = None
        self._parked_extensions: dict[Extension, Connection] = {}
        self._connections: set[Connection] = set()
        self._uploads: dict[Connection, Upload] = {}
        self._exit_status: int | None = None
        self._extension_exit: ExtensionExit | None = None
        self._shutting_down = False
        self._shutdown_reason = "spindown"
        self._time_is_up = 0.0
        self._out_of_memory = False
        self._memory = Memory()
        self._output = Output(self._record, self._record_of_extension)
        self._selector = selectors.DefaultSelector()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)
        telemetry_read, self._telemetry = os.pipe()
        stdout_read, self._stdout = os.pipe()
        # Its other end closes when the lab ends, however it ends: see end_with_the_lab().
        self._lifeline, lifeline_write = os.pipe()
        self._pipes = [telemetry_read, stdout_read, lifeline_write]
        self._theirs = [self._telemetry, self._stdout, self._lifeline]
        self._opened = True
        watch = self._selector.register
        watch(self._listener, selectors.EVENT_READ, self._accept)
        # Before the pipes, so that what was written before a request is read before it is answered.
        watch(telemetry_read, selectors.EVENT_READ, self._reading(self._output.telemetry))
        watch(stdout_read, selectors.EVENT_READ, self._reading(self._output.stdout))
        if self._folders.extensions:
            extensions_read, self._extensions_stdout = os.pipe()
            self._pipes.append(extensions_read)
            self._theirs.append(self._extensions_stdout)
            watch(extensions_read, selectors.EVENT_READ, self._reading(self._output.extensions))

    def _start_runtime(self) -> None:
        try:
            command = self._runtime.command(self.function, self._folders)
            self._process = self._start(
                command,
                cwd=self._folders.task,
                env=self._environ(self._telemetry),
                stdout=self._stdout,
                pass_fds=[self._telemetry, self._lifeline, *self._passed],
            )
        except InvalidEntrypoint as error:
            raise _Unstartable(NotStarted(str(error))) from error
        except OSError as error:
            if error.errno in _NO_PROGRAM:
                raise _Unstartable(self._not_started(command[0], error, "Runtime.InvalidEntrypoint")) from error
            raise
        self._watch_exit(self._process, self._reap)

    def _start_extension(self, path: Path) -> None:
        extension = next(each for each in self._extensions.extensions if each.name == path.name)
        try:
            if len(self._extension_processes) >= EXTENSION_LIMIT:
                raise _Unstartable(NotStarted("ErrTooManyExtensions", "Extension.LaunchError"))
            process = self._start(
                [str(path)],
                cwd="/",
                env=self._environ_of_extensions(),
                stdout=self._extensions_stdout,
                pass_fds=[self._lifeline],
            )
        except (OSError, _Unstartable) as error:
            extension.state = ExtensionState.LAUNCH_ERROR
            if isinstance(error, _Unstartable):
                extension.error_type = "TooManyExtensions"
                raise
            extension.error_type = "PermissionDenied" if isinstance(error, PermissionError) else "UnknownError"
            raise _Unstartable(self._not_started(str(path), error, "Extension.LaunchError")) from error
        self._extension_processes[extension] = process
        self._watch_exit(process, lambda pidfd: self._reap_extension(pidfd, extension))

    def _start(self, command: Sequence[str], **settings: Any) -> subprocess.Popen[bytes]:
        """Start a process in the environment's own group.

        A group, so that whatever is started inside is frozen and ended with it; the same session, so that the kernel
        wakes and ends a frozen group when the lab itself is killed.
        """

        def start() -> subprocess.Popen[bytes]:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stderr=settings["stdout"], process_group=self._group, **settings
            )
            if not self._group:
                self._group = process.pid
                end_with_the_lab(self._lifeline, self._group)
            return process

        return self._namespace.run(start) if self._namespace else self._birthplace(start)

    def _not_started(self, program: str, error: OSError, error_type: str) -> NotStarted:
        name = self._folders.as_on_aws(os.fsencode(program)).decode("utf-8", "replace")
        return NotStarted(f"fork/exec {name}: {os.strerror(error.errno or 0).lower()}", error_type)

    def _watch_exit(self, process: subprocess.Popen[bytes], reap: Callable[[Any], None]) -> None:
        self._memory.watch(process.pid)
        if hasattr(os, "pidfd_open"):
            self._pipes.append(pidfd := os.pidfd_open(process.pid))
            self._selector.register(pidfd, selectors.EVENT_READ, reap)

    def _environ(self, telemetry: int) -> dict[str, str]:
        """The environment variables of the runtime process; nothing of the lab's own environment is passed on."""
        folders, runtime, added = self._folders, self._runtime, dict(self._variables)
        if not runtime.guards_itself and (proxy := added.pop("_LAMBDALAB_PROXY", None)):
            added |= toward(proxy)
        return {
            **variables_of(
                self,
                folders,
                {
                    "PATH": f"{folders.lang}/bin:/usr/local/bin:/usr/bin/:/bin:{folders.opt}/bin",
                    # AWS names the system's own folders first; here the loader knows where those are.
                    "LD_LIBRARY_PATH": f"{folders.task}:{folders.task}/lib:{folders.opt}/lib",
                    **runtime.variables(self.function, folders),
                    **added,
                },
            ),
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._listener.getsockname()[1]}",
            "_LAMBDA_TELEMETRY_LOG_FD": str(telemetry),
        }

    def _environ_of_extensions(self) -> dict[str, str]:
        """As for the runtime, less what concerns only that."""
        environ = self._environ(-1)
        for name in (*_NOT_FOR_EXTENSIONS, *self._runtime.variables(self.function, self._folders)):
            environ.pop(name, None)
        proxy = self._variables.get("_LAMBDALAB_PROXY")
        return {**environ, **(toward(proxy) if proxy else {})}

    def _shut_down(self, reason: str) -> None:
        """The Shutdown phase: the runtime is asked to end, then the extensions are. Nothing if there are none."""
        if not any(process.poll() is None for process in self._extension_processes.values()):
            return
        self._shutting_down = True
        ends = time.perf_counter() + _SHUTDOWN_S
        self._signal("SIGCONT")
        if self._process is not None and self._exit_status is None:
            internal = any(not extension.external for extension in self._extensions.extensions)
            ask_to_end(self._process)
            self._serve_until(
                lambda: self._exit_status is not None,
                time.perf_counter() + (_RUNTIME_SHARE_WITH_INTERNAL_S if internal else _RUNTIME_SHARE_S),
            )
            self._process.kill()
        deadline_ms = int((time.time() + ends - time.perf_counter()) * 1e3)
        self._answer_extensions(self._extensions.shut_down(reason, deadline_ms))
        for extension, process in self._extension_processes.items():
            if SHUTDOWN not in extension.events:
                process.kill()
        self._serve_until(lambda: all(each.poll() is not None for each in self._extension_processes.values()), ends)

    def _end_process(self) -> None:
        """End the processes and everything they started, and close what was open for them."""
        if not self._opened:
            return
        self._kill()
        for process in self._processes:
            process.wait()
        self._close()

    def _close(self) -> None:
        """Close what was open for the processes, and forget them."""
        for connection in self._connections:
            connection.close()
        self._listener.close()
        self._selector.close()
        self._memory.close()
        for pipe in self._pipes:
            os.close(pipe)
        self._pipes, self._opened, self._group = [], False, 0
        self._process, self._extension_processes = None, {}

    def _kill(self) -> None:
        if not self._group:
            return
        try:
            os.killpg(self._group, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):  # the group is empty: nothing is left to end
            for process in self._processes:
                process.kill()

    def _signal(self, name: str) -> None:
        """Freeze or thaw the process group, where the system can."""
        if _CAN_FREEZE and self._process is not None and self._exit_status is None:
            try:
                os.killpg(self._group, getattr(signal, name))
            except ProcessLookupError:
                self._exit_status = self._process.wait()

    # The loop -------------------------------------------------------------------------------------------------

    def _pump(self, until: Callable[[], bool], seconds: float) -> bool:
        """Serve the runtime until `until()`, its exit, or the time is up. True if `until()` came."""
        end = time.perf_counter() + seconds
        next_look = time.perf_counter() + _TICK_S
        while not until():
            left = end - time.perf_counter()
            if left <= 0 or self._has_ended:
                return False
            self._serve(min(left, _TICK_S))
            if time.perf_counter() >= next_look:
                self._out_of_memory = self._is_over_its_memory()
                next_look = time.perf_counter() + _TICK_S
            if self._interrupted:
                self._kill()
            elif self._out_of_memory and self._process is not None:
                # The extensions are told; without any, the group goes at once.
                self._process.kill() if self._extension_processes else self._kill()
        return True

    def _serve_until(self, done: Callable[[], bool], ends: float) -> None:
        """Serve whoever is left until `done()` or the time is up."""
        while not done() and (left := ends - time.perf_counter()) > 0:
            self._serve(min(left, _TICK_S))

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
        if not ready:  # where there is no pidfd, or it has been read
            if self._process is not None and self._process.poll() is not None:
                self._exit_status = self._process.returncode
            for extension, process in self._extension_processes.items():
                if process.poll() is not None:
                    self._extension_ended(extension, process.returncode)
        return len(ready)

    def _accept(self, listener: socket.socket) -> None:
        try:
            accepted, _ = listener.accept()
            if not is_of_this_user(accepted):
                accepted.close()
                return
            connection = Connection(accepted)
        except OSError:  # it hung up before we came
            return
        self._connections.add(connection)
        self._selector.register(connection, selectors.EVENT_READ, self._requests)

    def _requests(self, connection: Connection) -> None:
        for received in connection.receive():
            match received:
                case Request():
                    self._answer(connection, received)
                case Opening(head):
                    self._uploads[connection] = self._api.open(head)
                case Piece(data):
                    self._uploads[connection].add(data)
                case Closing(request):
                    connection.send(self._uploads.pop(connection).end(request))
        if connection.closed or connection.ended:
            self._forget(connection)

    def _answer(self, connection: Connection, request: Request) -> None:
        api = self._extensions if is_for_extensions(request) else self._api
        match api.receive(request):
            case Extension() as extension:
                connection.waits_for_reply = True
                self._parked_extensions[extension] = connection
            case None:
                connection.waits_for_reply = True
                self._parked = connection
            case Reply() as reply:
                connection.send(reply)

    def _forget(self, connection: Connection) -> None:
        if connection.closed:
            self._connections.discard(connection)
        self._torn = self._uploads.pop(connection, self._torn)
        for key in [key for key in self._selector.get_map().values() if key.fileobj is connection]:
            self._selector.unregister(key.fileobj)

    def _answer_extensions(self, events: list[tuple[Extension, Reply]]) -> None:
        for extension, reply in events:
            self._parked_extensions.pop(extension).send(reply)

    def _reap_extension(self, pidfd: Any, extension: Extension) -> None:
        self._selector.unregister(pidfd)
        self._extension_ended(extension, self._extension_processes[extension].wait())

    def _extension_ended(self, extension: Extension, status: int) -> None:
        """No extension may end before it is told to: the environment ends with it. The first one names the error."""
        if self._shutting_down or self._extension_exit is not None:
            return
        announced = {
            ExtensionState.INIT_ERROR: "Extension.InitError",
            ExtensionState.EXIT_ERROR: "Extension.ExitError",
        }
        self._extension_exit = ExtensionExit(status, announced.get(extension.state, "Extension.Crash"))

    def _reap(self, pidfd: Any) -> None:
        self._selector.unregister(pidfd)
        assert self._process is not None
        self._exit_status = self._process.wait()

    def _why_silent(self) -> Failure:
        """The runtime did not answer, or an extension ended: end what still runs, and say what happened."""
        result: Failure
        if self._out_of_memory:
            result = Ending.OUT_OF_MEMORY
        elif self._extension_exit is not None:
            result = self._extension_exit
        elif self._exit_status is not None:
            result = Exit(self._exit_status)
        else:
            result = Ending.TIMEOUT
        if not self._interrupted:
            self._shut_down("timeout" if result is Ending.TIMEOUT else "failure")
        self._kill()
        for process in self._processes:
            process.wait()
        self._drain()
        self._output.flush()
        return result

    # What comes out of it --------------------------------------------------------------------------------------

    def _reading(self, take: Callable[[bytes], None]) -> Callable[[int], None]:
        """What reads a pipe when there is something in it."""

        def read(pipe: int) -> None:
            data = os.read(pipe, 1 << 16)
            if not data:
                self._selector.unregister(pipe)
            take(data)

        return read

    def _record(self, message: bytes, level: Level | None) -> None:
        self._application(self._text(message), level)

    def _record_of_extension(self, line: bytes) -> None:
        self._write(self._text(line))

    def _text(self, message: bytes) -> str:
        return self._folders.as_on_aws(message).decode("utf-8", "replace")

    def _is_over_its_memory(self) -> bool:
        """Look, and note the peak."""
        if self._exit_status is None:
            self._memory.look()
        return self._memory.peak_mb > self.function.memory_mb


class _Unstartable(Exception):
    """A program of the environment could not be started."""

    def __init__(self, result: NotStarted) -> None:
        super().__init__(result.reason)
        self.result = result


class _Relay:
    """Hands the pieces of an answer on to the caller, with AWS's paths in them.

    While the caller takes one, nothing else is served: a slow caller slows the function down, until its time is up.
    """

    def __init__(self, stream: ResponseStream, folders: Folders, ends: float) -> None:
        self._stream, self._folders, self._ends = stream, folders, ends

    def open(self, content_type: str) -> None:
        self._stream.open(content_type)

    def add(self, data: bytes) -> None:
        self._stream.write(self._folders.as_on_aws(data), self._ends - time.perf_counter())
