"""An execution environment made of this interpreter, where there are no processes: the reader's browser.

The handler runs here, in modules of its own, through the very functions of awslambdaric that run it in a process:
they find the handler, call it, word its errors and format its log records. What differs from a process is stated,
not hidden: threads do not start, memory is not limited, extensions are not started, an answer comes whole (Python's
managed runtimes cannot stream one anyway), and a timeout is noticed between two lines of the handler or inside
`time.sleep`, not in the middle of a call into compiled code.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import io
import logging
import math
import os
import platform
import sys
import tempfile
import time
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any, SupportsIndex

from . import layers
from .environment import LINE_LIMIT, SNAP_START, Ending, Environment, Exit, InitResult, InvokeResult
from .imports import only_what_lambda_brings
from .logs.log_level import level_of_frame
from .processes.workspace import Workspace
from .runtime_api.protocol import RESPONSE_LIMIT, Answer
from .runtimes import UnsupportedRuntime
from .runtimes.interpreters import own
from .runtimes.python import PythonRuntime
from .variables import variables_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import FrameType, ModuleType

    from .events import Event
    from .function import Function, ResponseStream
    from .logs.log_level import Level
    from .processes.folders import Folders
    from .runtime_api.protocol import Invocation
    from .runtimes import Runtime

_INIT_AGAIN = (
    "lambdalab: in the page there are no snapshots, so Init runs again, and so do the hooks before it. What Init makes "
    "unique differs between environments; on AWS, and in Jupyter (make lab), it is the same in all of them."
)
_CLOCK_EVERY = 64
"""Lines of the handler between two looks at the clock."""


class InlineEnvironments:
    """Makes environments inside this interpreter. One invocation runs at a time."""

    threads = False

    def __init__(self, variables: Callable[[Function], Mapping[str, str]]) -> None:
        self._workspace = Workspace()
        self._variables = variables

    def new(self, function: Function, publish: Callable[[Event], None]) -> InlineEnvironment:
        """An environment for the function, not yet started."""
        return InlineEnvironment(function, publish, workspace=self._workspace, variables=self._variables(function))

    @property
    def notes(self) -> list[str]:
        """Nothing: what differs from a process is the page's nature, and the chapters say it."""
        return []

    def close(self) -> None:
        """Remove the shared folders."""
        self._workspace.close()


def _python(function: Function) -> Runtime:
    """The only runtime there is inside a Python interpreter: that interpreter."""
    if not function.runtime.startswith(PythonRuntime.family):
        raise UnsupportedRuntime(
            f"In the page, functions run in the page's own Python; {function.runtime} needs a process. "
            "Run this notebook in Jupyter: make lab."
        )
    return PythonRuntime(function.runtime, own())


class _TimeIsUp(BaseException):
    """Unwinds the handler; not an Exception, so that the handler does not catch it by accident."""


class InlineEnvironment(Environment):
    """A handler in modules of its own inside this interpreter."""

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
        self._folders: Folders = workspace.folders(function, _python(function), self.id)
        self._layer_path = layers.python_path(self._folders.opt, function.runtime)
        self._modules: dict[str, ModuleType] = {}
        self._handler: Callable[..., Any] | None = None
        self._lost = False
        self._sink = _Sink(self)
        self._default_session: Any = None
        self._logging_state: tuple[int, list[logging.Handler]] = (logging.WARNING, [])

    @property
    def _interpreter(self) -> str:
        return f"{platform.python_implementation()} {platform.python_version()}, in the page"

    def interrupt(self) -> None:
        """There is no other thread that could ask."""

    def _init(self, limit_s: float) -> InitResult:
        import snapshot_restore_py
        from awslambdaric import lambda_literals, lambda_runtime_hooks_runner

        bootstrap = self._bootstrap
        self._modules, self._logging_state = {}, (logging.WARNING, [])
        for hooks in (snapshot_restore_py.get_before_snapshot(), snapshot_restore_py.get_after_restore()):
            hooks.clear()  # of the function before us
        for path in self._folders.extensions:
            note = (
                f"lambdalab: the extension {path.name} was not started. An extension is a process of its own, and in "
                "the page there are none. Run this notebook in Jupyter: make lab."
            )
            self._tell(self._system.note(note))
        sink = self._sink
        error: dict[str, Any] | None = None
        with self._inside():
            bootstrap._GLOBAL_AWS_REQUEST_ID = None
            try:
                wanted = self.function.logging
                level = bootstrap._get_log_level_from_env_var(wanted.application_level.name) if wanted.json else ""
                bootstrap._setup_logging(bootstrap._AWS_LAMBDA_LOG_FORMAT, level, sink)
                with _deadline(limit_s, str(self._folders.task)):
                    self._handler = bootstrap._get_handler(self.function.handler)
            except _TimeIsUp:
                return Ending.TIMEOUT
            except bootstrap.FaultException as fault:
                error = bootstrap.make_error(fault.msg, fault.exception_type, fault.trace)
            except SystemExit as leaving:
                return Exit(_exit_status(leaving))
            except Exception:
                error = bootstrap.build_fault_result(sys.exc_info(), None)
            if error is not None:
                logging.warning(lambda_literals.lambda_unhandled_exception_warning_message)
                bootstrap.log_error(error, sink)
                body = bootstrap.to_json(error).encode()
                return Answer(self._folders.as_on_aws(body), error=True, error_type=error["errorType"])
        if self.initialization_type != SNAP_START:
            return None
        kind = bootstrap.FaultException.BEFORE_SNAPSHOT_ERROR
        return self._run_hooks(lambda_runtime_hooks_runner.run_before_snapshot, limit_s, kind)

    def _restore(self, snapshot: Environment, limit_s: float) -> tuple[InitResult, float]:
        """Modules cannot be copied as they are; a process can. So Init runs again, and the log says it."""
        from awslambdaric import lambda_runtime_hooks_runner

        self._tell(self._system.note(_INIT_AGAIN))
        result = self._init(self.init_limit_s)
        began = time.perf_counter()
        if result is None:
            kind = self._bootstrap.FaultException.AFTER_RESTORE_ERROR
            result = self._run_hooks(lambda_runtime_hooks_runner.run_after_restore, limit_s, kind)
        return result, time.perf_counter() - began

    def _run_hooks(self, run: Callable[[], None], limit_s: float, error_type: str) -> InitResult:
        """Hooks of SnapStart, with what awslambdaric does when one of them fails."""
        bootstrap = self._bootstrap
        with self._inside():
            try:
                with _deadline(limit_s, str(self._folders.task)):
                    run()
            except _TimeIsUp:
                return Ending.TIMEOUT
            except BaseException:
                error = bootstrap.build_fault_result(sys.exc_info(), None)
                bootstrap.log_error(error, self._sink)
                body = self._folders.as_on_aws(bootstrap.to_json(error).encode())
                return Answer(body, error=True, error_type=error_type)
        return None

    def _invoke(self, invocation: Invocation, limit_s: float, stream: ResponseStream | None) -> InvokeResult:
        bootstrap = self._bootstrap
        sink, client = self._sink, _client()
        with self._inside():
            bootstrap._GLOBAL_AWS_REQUEST_ID = invocation.request_id
            bootstrap.update_xray_env_variable(invocation.trace_id)
            try:
                with _deadline(limit_s, str(self._folders.task)):
                    bootstrap.handle_event_request(
                        client,
                        self._handler,
                        invocation.request_id,
                        invocation.payload,
                        "application/json",
                        invocation.client_context,
                        None,
                        invocation.function_arn,
                        invocation.deadline_ms,
                        None,
                        sink,
                    )
            except _TimeIsUp:
                return Ending.TIMEOUT
            except SystemExit as leaving:
                return Exit(_exit_status(leaving))
        answer: Answer = client.answer
        if len(answer.body) > RESPONSE_LIMIT:
            kind = "Function.ResponseSizeTooLarge"
            message = f"Response payload size exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes)."
            document = bootstrap.to_json({"errorMessage": message, "errorType": kind})
            self._lost = True
            return Answer(document.encode(), error=True, error_type=kind)
        return Answer(self._folders.as_on_aws(answer.body), answer.error, answer.error_type)

    def _settle(self) -> bool:
        return not self._lost

    def _shutdown(self) -> None:
        self._modules, self._handler = {}, None
        self._workspace.forget(self.id)

    def _peak_memory_mb(self) -> int:
        # The handler shares its interpreter with everything else: there is no smaller number to be had.
        return _interpreter_memory_mb()

    def record(self, message: str, level: Level | None = None) -> None:
        """A log record of the function or its runtime client."""
        self._application(self._folders.as_on_aws(message.encode("utf-8", "replace")).decode("utf-8"), level)

    @property
    def _bootstrap(self) -> Any:
        """awslambdaric's main module: it decides when it is imported how it words errors."""
        return _bootstrap(json_format=self.function.logging.json)

    @contextlib.contextmanager
    def _inside(self) -> Iterator[None]:
        """Swap in this environment's variables, modules, path, output and logging; swap back afterwards."""
        environ, path, folder = dict(os.environ), list(sys.path), Path.cwd()
        modules = set(sys.modules)
        root = logging.getLogger()
        logging_before = (root.level, list(root.handlers))
        shadowed = {name: sys.modules[name] for name in self._own_module_names() if name in sys.modules}
        output, temporary = self._sink.output, tempfile.tempdir
        # A page runs its cells in tasks of asyncio, of which records since Python 3.12 tell; an environment has none.
        names_tasks = vars(logging).get("logAsyncioTasks")
        vars(logging)["logAsyncioTasks"] = False
        # boto3 keeps a session with the credentials that it found first: the reader's are not the function's.
        default_session = _swap_default_session(self._default_session)
        try:
            for name in shadowed:
                del sys.modules[name]
            sys.modules.update(self._modules)
            sys.path[:0] = [str(self._folders.task), *self._layer_path]
            importlib.invalidate_caches()
            os.environ.update(variables_of(self, self._folders, self._variables))
            tempfile.tempdir = None  # to be found anew, in TMPDIR
            os.chdir(self._folders.task)
            root.setLevel(self._logging_state[0])
            root.handlers[:] = self._logging_state[1]
            with (
                contextlib.redirect_stdout(output),
                contextlib.redirect_stderr(output),
                only_what_lambda_brings((str(self._folders.task), *self._layer_path), path),
            ):
                yield
        finally:
            self._default_session = _swap_default_session(default_session)
            output.finish()
            self._logging_state = (root.level, list(root.handlers))
            root.setLevel(logging_before[0])
            root.handlers[:] = logging_before[1]
            own = (str(self._folders.task), *self._layer_path)
            for name in set(sys.modules) - modules | set(self._modules):
                module = sys.modules.get(name)
                if module is not None and (getattr(module, "__file__", None) or "").startswith(own):
                    self._modules[name] = sys.modules.pop(name)
            sys.modules.update(shadowed)
            sys.path[:] = path
            os.environ.clear()
            os.environ.update(environ)
            tempfile.tempdir = temporary
            vars(logging)["logAsyncioTasks"] = names_tasks
            os.chdir(folder)

    def _own_module_names(self) -> set[str]:
        """Modules of the function and its layers that would otherwise find another function's of the same name."""
        folders = [folder for folder in (self._folders.task, *map(Path, self._layer_path)) if folder.is_dir()]
        entries = [entry for folder in folders for entry in folder.iterdir()]
        top = {entry.stem if entry.suffix == ".py" else entry.name for entry in entries}
        return {name for name in sys.modules if name.split(".")[0] in top} - set(sys.builtin_module_names)


def _swap_default_session(session: Any) -> Any:
    """Make this the session that `boto3.client()` uses, and return the one before. None: boto3 makes one when asked."""
    boto3: dict[str, Any] = vars(sys.modules["boto3"]) if "boto3" in sys.modules else {}
    before, boto3["DEFAULT_SESSION"] = boto3.get("DEFAULT_SESSION"), session
    return before


class _Sink:
    """Where awslambdaric writes log records: one event each, as its framed sink does in a process."""

    def __init__(self, environment: InlineEnvironment) -> None:
        self._environment = environment
        self.output = _Output(environment)

    def log(self, msg: str, frame_type: bytes | None = None) -> None:
        """A record of the logging module."""
        self.output.finish()  # a line begun by print() comes first
        level = level_of_frame(int.from_bytes(frame_type, "big")) if frame_type else None
        self._environment.record(msg.removesuffix("\n"), level)

    def log_error(self, message_lines: list[str]) -> None:
        """The error of a handler that raised."""
        self.log("\n".join(message_lines), frame_type=self._environment._bootstrap._ERROR_FRAME_TYPE)


class _Output(io.TextIOBase):
    """stdout and stderr of the handler: a log event for each line."""

    def __init__(self, environment: InlineEnvironment) -> None:
        self._environment = environment
        self._line = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            self._environment.record(line)
        if len(self._line) >= LINE_LIMIT:
            self.finish()
        return len(text)

    def finish(self) -> None:
        """A last line without its newline."""
        if self._line:
            self._environment.record(self._line)
            self._line = ""


@functools.cache
def _bootstrap(*, json_format: bool) -> Any:
    """awslambdaric.bootstrap, as it is, or as it would be in an environment that logs JSON."""
    from awslambdaric import bootstrap

    if not json_format:
        return bootstrap
    module = types.ModuleType("awslambdaric.bootstrap_for_json")
    module.__file__, module.__package__ = bootstrap.__file__, bootstrap.__package__
    before = os.environ.get("AWS_LAMBDA_LOG_FORMAT")
    os.environ["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
    try:
        exec(bootstrap.__loader__.get_code(bootstrap.__name__), vars(module))  # the page has no sources
    finally:
        if before is None:
            del os.environ["AWS_LAMBDA_LOG_FORMAT"]
        else:
            os.environ["AWS_LAMBDA_LOG_FORMAT"] = before
    return module


def _client() -> Any:
    """A runtime client that keeps what it is given instead of sending it to a Runtime API."""
    from awslambdaric.lambda_runtime_client import BaseLambdaRuntimeClient

    class InlineClient(BaseLambdaRuntimeClient):
        def __init__(self) -> None:
            self.answer: Answer | None = None

        def post_invocation_result(
            self, invoke_id: str, result_data: str | bytes, content_type: str = "", invocation_id: str | None = None
        ) -> None:
            self.answer = Answer(result_data if isinstance(result_data, bytes) else result_data.encode(), error=False)

        def post_invocation_error(
            self, invoke_id: str, error_response_data: str, xray_fault: str, invocation_id: str | None = None
        ) -> None:
            import json

            kind = json.loads(error_response_data).get("errorType")
            self.answer = Answer(error_response_data.encode(), error=True, error_type=kind)

    return InlineClient()


_ends_at = math.inf
"""When the running phase is over, as time.monotonic() counts; infinity when none runs."""
_real_sleep = time.sleep


def _sleep(wanted: float | SupportsIndex, /) -> None:
    """Stands in for time.sleep, also where a handler has imported that by name: sleeps no longer than the phase."""
    left = _ends_at - time.monotonic()
    if float(wanted) <= left:
        _real_sleep(wanted)
    else:
        _real_sleep(max(0.0, left))
        raise _TimeIsUp


@contextlib.contextmanager
def _deadline(seconds: float, root: str) -> Iterator[None]:
    """Raise _TimeIsUp in code below `root`, or in `time.sleep`, once `seconds` have passed."""
    global _ends_at
    end = time.monotonic() + seconds
    lines = 0

    def on_line(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal lines
        lines += 1
        if lines % _CLOCK_EVERY == 0 and time.monotonic() > end:
            raise _TimeIsUp
        return on_line

    def on_call(frame: FrameType, event: str, argument: object) -> Any:
        if not frame.f_code.co_filename.startswith(root):
            return None
        # Before 3.12 a loop that stands in one line reports no line events, only instructions.
        frame.f_trace_opcodes = sys.version_info < (3, 12)
        return on_line

    outer, traced, sleep = _ends_at, sys.gettrace(), time.sleep
    _ends_at = min(end, outer)
    time.sleep = _sleep
    sys.settrace(on_call)
    try:
        yield
    finally:
        sys.settrace(traced)
        time.sleep, _ends_at = sleep, outer


def _interpreter_memory_mb() -> int:
    """The most memory that this interpreter has held: in a page, the size of its WebAssembly memory."""
    if sys.platform == "emscripten":
        import pyodide_js  # type: ignore[import-not-found]

        return int(pyodide_js._module.HEAPU8.length) >> 20
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _exit_status(leaving: SystemExit) -> int:
    """What a process would have exited with."""
    if leaving.code is None:
        return 0
    return leaving.code if isinstance(leaving.code, int) else 1
