"""What only processes do: die, be killed, be frozen, run in parallel, and be alone with Lambda's own packages."""

from __future__ import annotations

import tempfile
import threading
from typing import TYPE_CHECKING, Any

import pytest

from lambdalab.runtime import EnvironmentStarted, InvocationStarted
from lambdalab.runtime.processes.environments import ProcessEnvironments
from tests.lambdalab.meeting import Meeting

from ..outcomes import error, lines, report, result
from ..sources import COUNTER
from ..watching import ended, state_of, wait_until, watching

if TYPE_CHECKING:
    from pathlib import Path

    from ..conftest import Bench


# How runtimes end -------------------------------------------------------------------------------------------------

DEATHS = {
    "os._exit": ("import os; os._exit(5)", "exit status 5"),
    "SIGKILL": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "signal: killed"),
    "SIGTERM": ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", "signal: terminated"),
    "abort": ("import os; os.abort()", "signal: aborted"),
    "a segmentation fault": ("import ctypes; ctypes.string_at(0)", "signal: segmentation fault"),
}


@pytest.mark.parametrize("death", DEATHS)
def test_a_runtime_that_dies_is_an_exit_error(processes: Bench, death: str) -> None:
    code, how = DEATHS[death]
    function = processes.function(f"def handler(event, context):\n    print('last words')\n    {code}")
    outcome = processes.invoke(function)
    assert error(outcome) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {outcome.request_id} Error: Runtime exited with error: {how}",
    }
    assert lines(outcome)[0] == "last words"
    assert report(outcome)["Error Type"] == "Runtime.ExitError"


def test_after_a_death_the_function_starts_cold(processes: Bench) -> None:
    function = processes.function(
        "import os\ncount = 0\ndef handler(event, context):\n"
        "    global count\n    count += 1\n    if event == 'die': os._exit(1)\n    return count"
    )
    assert result(processes.invoke(function)) == 1
    assert processes.invoke(function, "die").error
    assert result(processes.invoke(function)) == 1


def test_a_handler_that_takes_more_than_its_memory_is_killed(processes: Bench) -> None:
    outcome = processes.run(
        """
        def handler(event, context):
            hoard = []
            while True: hoard.append(bytearray(1 << 20))
        """,
        memory_mb=128,
        timeout_s=30,
    )
    assert error(outcome) == {
        "errorType": "Runtime.OutOfMemory",
        "errorMessage": f"RequestId: {outcome.request_id} Error: Runtime exited with error: signal: killed",
    }
    assert report(outcome)["Max Memory Used"] == "128 MB"
    assert report(outcome)["Error Type"] == "Runtime.OutOfMemory"


def test_a_handler_that_gives_back_what_it_may_not_take_is_killed_all_the_same(processes: Bench) -> None:
    outcome = processes.run("def handler(event, context): len(bytearray(200 << 20))", memory_mb=128)
    assert error(outcome)["errorType"] == "Runtime.OutOfMemory"


def test_more_memory_lets_the_same_handler_run(processes: Bench) -> None:
    outcome = processes.run("def handler(event, context): return len(bytearray(200 << 20))", memory_mb=512)
    assert result(outcome) == 200 << 20
    assert 200 < outcome.max_memory_mb < 260


def test_a_handler_that_catches_everything_is_ended_when_its_time_is_up(processes: Bench) -> None:
    outcome = processes.run(
        """
        import signal
        def handler(event, context):
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            while True:
                try:
                    while True: pass
                except BaseException: pass
        """,
        timeout_s=0.3,
    )
    assert error(outcome)["errorType"] == "Sandbox.Timedout"


# What stays behind ------------------------------------------------------------------------------------------------

LEAVES_A_CHILD = """
    import os, subprocess
    child = None
    def handler(event, context):
        global child
        if child is None:
            child = subprocess.Popen(["sleep", "600"])
        return [os.getpid(), child.pid]
"""


def test_a_frozen_environment_does_not_run_and_neither_do_its_children(processes: Bench) -> None:
    function = processes.function(LEAVES_A_CHILD)
    pids = result(processes.invoke(function))
    with watching(pids[0]) as first, watching(pids[1]) as second:
        # SIGSTOP was sent before invoke() returned; that it is delivered is for the scheduler.
        wait_until(lambda: [state_of(pid) for pid in pids] == ["T", "T"])
        assert not ended(first, 0)
        assert not ended(second, 0)
        assert result(processes.invoke(function)) == pids


def test_what_a_handler_leaves_behind_ends_with_its_environment(processes: Bench) -> None:
    function = processes.function(LEAVES_A_CHILD)
    runtime, child = result(processes.invoke(function))
    with watching(runtime) as first, watching(child) as second:
        processes.engine.forget(function.arn)
        assert ended(first)
        assert ended(second)


def test_a_background_thread_does_not_tick_between_invocations(processes: Bench) -> None:
    """The thread counts milliseconds; the time between the calls is measured by the handler's own clock."""
    function = processes.function(
        """
        import threading, time
        ticks = 0
        def tick():
            global ticks
            while True:
                time.sleep(0.001)
                ticks += 1
        threading.Thread(target=tick, daemon=True).start()
        def handler(event, context):
            if event == "rest":  # until the thread has been seen to tick
                before = ticks
                while ticks < before + 3: time.sleep(0.001)
            return [ticks, time.monotonic()]
        """
    )
    ticks, left = result(processes.invoke(function, "rest"))
    seen, came_back = 0, left
    while came_back - left < 0.3:
        # Other functions run meanwhile, so that time passes without a sleep in this test.
        processes.run("import time\ndef handler(event, context): time.sleep(0.3)")
        seen, came_back = result(processes.invoke(function))
    assert came_back - left >= 0.3
    assert seen - ticks < 100  # awake, it would have ticked about 300 times


def test_the_tmp_folder_goes_with_the_environment(processes: Bench) -> None:
    function = processes.function(
        "import pathlib, tempfile\ndef handler(event, context):\n    pathlib.Path(tempfile.gettempdir(), event).touch()"
    )
    processes.invoke(function, "mark")
    environments = processes.engine._environments
    assert isinstance(environments, ProcessEnvironments)
    root = environments._workspace.root
    (mark,) = root.glob("environments/*/tmp/mark")
    processes.engine.forget(function.arn)
    assert not mark.parents[1].exists()
    assert root.exists()


# Who can be imported ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", ["pytest", "moto", "lambdalab", "werkzeug", "flask", "h11", "requests"])
def test_what_lambda_does_not_bring_cannot_be_imported(processes: Bench, module: str) -> None:
    outcome = processes.run(f"import {module}")
    assert error(outcome)["errorType"] == "Runtime.ImportModuleError"
    assert error(outcome)["errorMessage"] == f"Unable to import module 'app': No module named '{module}'"


def test_a_functions_own_module_comes_before_the_runtimes(processes: Bench) -> None:
    files = {"app.py": "import boto3\ndef handler(event, context): return boto3.MINE", "boto3.py": "MINE = True"}
    assert result(processes.run(files)) is True


def test_the_labs_environment_variables_do_not_reach_a_function(
    own_processes: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_SHELL", "x")
    seen = result(own_processes.run("import os\ndef handler(event, context): return dict(os.environ)"))
    assert "SECRET_OF_THE_SHELL" not in seen
    assert not [name for name in seen if "LAMBDALAB" in name]


def test_what_a_child_process_prints_is_logged(processes: Bench) -> None:
    outcome = processes.run(
        """
        import subprocess
        def handler(event, context):
            subprocess.run(["echo", "from a child"], check=True)
            subprocess.run("echo to stderr >&2", shell=True, check=True)
        """
    )
    assert lines(outcome) == ["from a child", "to stderr"]


# The guard --------------------------------------------------------------------------------------------------------

WAYS_OUT = {
    "urllib": "import urllib.request; urllib.request.urlopen('http://192.0.2.1/')",
    "a name": "import urllib.request; urllib.request.urlopen('https://example.com/')",
    "a socket": "import socket; socket.create_connection(('192.0.2.1', 443))",
    "a datagram": "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
    "a lookup": "import socket; socket.gethostbyname('example.com')",
    "IPv6": "import socket; socket.socket(socket.AF_INET6).connect(('2001:db8::1', 443))",
}


@pytest.mark.parametrize("way", WAYS_OUT)
def test_a_function_reaches_no_other_machine(processes: Bench, way: str) -> None:
    outcome = processes.run(f"def handler(event, context):\n    {WAYS_OUT[way]}", timeout_s=10)
    message = error(outcome)["errorMessage"]
    assert "The lab blocked a connection to " in message
    assert "In local mode nothing leaves this machine." in message


def test_a_function_reaches_its_own_machine(processes: Bench) -> None:
    outcome = processes.run(
        """
        import socket
        def handler(event, context):
            server = socket.create_server(("127.0.0.1", 0))
            with socket.create_connection(("localhost", server.getsockname()[1])):
                return "connected"
        """
    )
    assert result(outcome) == "connected"


# Many at once -----------------------------------------------------------------------------------------------------


def test_concurrent_invocations_get_environments_of_their_own_and_the_last_used_is_reused_first(
    own_processes: Bench,
) -> None:
    """Each handler waits until all run, which they can only if none waits for another."""
    bench = own_processes
    with Meeting(4) as meeting:
        function = bench.function(
            """
            import os, socket
            def handler(event, context):
                if event is not None:
                    socket.create_connection(("127.0.0.1", event)).recv(1)
                return os.getpid()
            """,
            timeout_s=30,
        )
        pids: list[int] = []
        threads = [
            threading.Thread(target=lambda: pids.append(result(bench.invoke(function, meeting.port)))) for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(set(pids)) == 4
    assert len(bench.started(function)) == 4
    once = result(bench.invoke(function))
    assert once in pids
    assert [result(bench.invoke(function)) for _ in range(3)] == [once] * 3
    assert len(bench.started(function)) == 4


# The end ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", ["while True: pass", "import time; time.sleep(600)", "while True: print('x')"])
def test_closing_the_engine_ends_a_handler_that_runs(own_processes: Bench, body: str) -> None:
    bench = own_processes
    running = threading.Event()
    bench.engine.subscribe(lambda event: running.set() if isinstance(event, InvocationStarted) else None)
    function = bench.function(f"def handler(event, context):\n    {body}", timeout_s=600)
    outcomes: list[Any] = []
    thread = threading.Thread(target=lambda: outcomes.append(bench.invoke(function)))
    thread.start()
    assert running.wait(10)
    bench.engine.close()
    thread.join(10)
    assert not thread.is_alive()
    assert error(outcomes[0])["errorType"] == "Runtime.ExitError"
    assert len(bench.stopped(function)) == 1


def test_closing_the_engine_during_a_start_ends_that_too(own_processes: Bench) -> None:
    bench = own_processes
    starting = threading.Event()
    bench.engine.subscribe(lambda event: starting.set() if isinstance(event, EnvironmentStarted) else None)
    function = bench.function("while True: pass", timeout_s=600)
    thread = threading.Thread(target=lambda: bench.invoke(function))
    thread.start()
    assert starting.wait(10)
    bench.engine.close()
    thread.join(10)
    assert not thread.is_alive()


def test_a_closed_engine_refuses_and_leaves_no_folder(
    own_processes: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = own_processes
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    function = bench.function(COUNTER)
    bench.invoke(function)
    assert [path.name.startswith("lambdalab-") for path in tmp_path.iterdir()] == [True]
    bench.engine.close()
    bench.engine.close()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(RuntimeError, match="the lab has stopped"):
        bench.invoke(function)


def test_a_reset_starts_cold_again(own_processes: Bench) -> None:
    function = own_processes.function(COUNTER)
    assert [result(own_processes.invoke(function)) for _ in range(2)] == [1, 2]
    own_processes.engine.reset()
    assert result(own_processes.invoke(function)) == 1
