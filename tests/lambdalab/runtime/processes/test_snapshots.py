"""Environments that come out of a snapshot: what is the same in all of them, and what is not."""

from __future__ import annotations

import contextlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from lambdalab.runtime import (
    DeploymentPackage,
    EnvironmentStarted,
    EnvironmentStopped,
    InvocationEnded,
    InvocationStarted,
    NoSnapshot,
    RestoreEnded,
    SnapshotTaken,
)
from tests.lambdalab.packages import zipped

from ..sources import java, jdk_is_here

if TYPE_CHECKING:
    from lambdalab.runtime import Function

    from ..conftest import Bench

HOOKS = """
    import os, random, tempfile, time, uuid
    from snapshot_restore_py import register_after_restore, register_before_snapshot
    order = ["init"]
    register_before_snapshot(order.append, "before 1")
    register_before_snapshot(order.append, "before 2")
    register_after_restore(order.append, "after 1")
    register_after_restore(order.append, "after 2")
    def handler(event, context):
        order.append("call")
        return order
"""


def snapped(bench: Bench, source: str, **settings: Any) -> Function:
    """A version with SnapStart, of which the snapshot has been taken."""
    function = bench.function(source, version="1", snap_start=True, **settings)
    snapshotting = bench.engine.snapshot(function)
    assert snapshotting.wait(20)
    assert snapshotting.error_type is None, bench.log_of(function)
    return function


def at_once(bench: Bench, function: Function, number: int = 2, event: Any = None) -> list[Any]:
    """What so many environments answer. Each waits in its handler until the others have come."""
    with ThreadPoolExecutor(number) as threads:
        outcomes = list(threads.map(lambda _: bench.invoke(function, event), range(number)))
    assert not any(outcome.error for outcome in outcomes), outcomes
    return [json.loads(outcome.payload) for outcome in outcomes]


def events(bench: Bench, function: Function, *kinds: type) -> list[Any]:
    return [event for event in bench.events if event.function.name == function.name and isinstance(event, kinds)]


# In each kind of environment --------------------------------------------------------------------------------------


def test_hooks_run_in_the_order_that_aws_documents(bench: Bench) -> None:
    function = snapped(bench, HOOKS)
    assert json.loads(bench.invoke(function).payload) == [
        "init",
        "before 2",
        "before 1",
        "after 1",
        "after 2",
        "call",
    ]


def test_a_restored_environment_is_warm_afterwards(bench: Bench) -> None:
    function = snapped(
        bench, "calls = 0\ndef handler(event, context):\n    global calls\n    calls += 1\n    return calls"
    )
    first, second = bench.invoke(function), bench.invoke(function)
    assert (first.payload, second.payload) == (b"1", b"2")
    assert first.restore_ms is not None
    assert first.init_ms is None
    assert second.restore_ms is None
    assert "Restore Duration" not in second.log


def test_the_restore_is_told_in_events(bench: Bench) -> None:
    function = snapped(bench, "def handler(event, context): pass")
    bench.invoke(function)
    told = events(bench, function, EnvironmentStarted, SnapshotTaken, RestoreEnded, InvocationStarted, InvocationEnded)
    assert [type(event).__name__ for event in told] == [
        "EnvironmentStarted",
        "SnapshotTaken",
        "EnvironmentStarted",
        "RestoreEnded",
        "InvocationStarted",
        "InvocationEnded",
    ]
    snapshot, taken, restored, ended, started, over = told
    assert (snapshot.restored, restored.restored) == (False, True)
    assert snapshot.environment == taken.environment != restored.environment == ended.environment
    assert started.cold
    assert over.restore_ms == ended.duration_ms
    assert over.billed_ms >= ended.billed_ms


def test_variables_say_snap_start_and_not_where_the_log_is(bench: Bench) -> None:
    source = """
        import os
        NAMES = "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "MINE"
        at_init = [os.environ.get(name) for name in NAMES]
        def handler(event, context):
            now = [os.environ.get(name) for name in NAMES]
            return at_init, now, context.log_stream_name, [name for name in os.environ if name.startswith("_LAMBDALAB")]
    """
    function = snapped(bench, source, environment={"MINE": "here"})
    expected = ["snap-start", None, None, "here"]
    assert json.loads(bench.invoke(function).payload) == [expected, expected, None, []]


def test_init_that_fails_leaves_no_snapshot(bench: Bench) -> None:
    function = bench.function("import missing", version="1", snap_start=True)
    snapshotting = bench.engine.snapshot(function)
    assert snapshotting.wait(20)
    assert snapshotting.error_type == "Runtime.ImportModuleError"
    (stopped,) = bench.stopped(function)
    assert stopped.reason == "no snapshot was taken"
    with pytest.raises(NoSnapshot):
        bench.invoke(function)


def test_files_in_tmp_are_those_of_the_snapshot(bench: Bench) -> None:
    source = """
        import pathlib, tempfile
        pathlib.Path(tempfile.gettempdir(), "model.bin").write_text("loaded")
        def handler(event, context):
            path = pathlib.Path(tempfile.gettempdir(), "model.bin")
            text = path.read_text()
            path.write_text("used")
            return text
    """
    function = snapped(bench, source)
    assert json.loads(bench.invoke(function).payload) == "loaded"
    assert json.loads(bench.invoke(function).payload) == "used"


def test_in_the_page_init_runs_again_and_the_log_says_so(bench: Bench) -> None:
    function = snapped(bench, "print('init')\ndef handler(event, context): pass")
    bench.invoke(function)
    again = bench.kind == "inline"
    assert bench.log_of(function).count("init") == (2 if again else 1)
    assert (
        any(line.startswith("lambdalab: in the page there are no snapshots") for line in bench.log_of(function))
        is again
    )


# Forks ------------------------------------------------------------------------------------------------------------

MEET = """
    import time, os
    def meet(event):
        # Until all have come: each is in an environment of its own.
        folder = event["folder"]
        open(f"{folder}/{os.getpid()}", "w").close()
        while len(os.listdir(folder)) < event["number"]:
            time.sleep(0.001)
"""


@pytest.fixture
def meeting(tmp_path: Any) -> dict[str, Any]:
    return {"folder": str(tmp_path), "number": 3}


def test_what_init_makes_unique_is_the_same_in_every_environment(processes: Bench, meeting: dict[str, Any]) -> None:
    function = snapped(
        processes,
        MEET
        + """
    import random, uuid
    number = str(uuid.uuid4())
    def handler(event, context):
        meet(event)
        return {"pid": os.getpid(), "init": number, "random": random.random(), "system": random.SystemRandom().random(),
                "uuid": str(uuid.uuid4()), "hash": hash("a word")}
""",
    )
    answers = at_once(processes, function, 3, meeting)
    distinct = {name: len({answer[name] for answer in answers}) for name in answers[0]}
    assert distinct == {"pid": 3, "init": 1, "random": 1, "hash": 1, "system": 3, "uuid": 3}


def test_a_hook_after_the_restore_makes_it_unique(processes: Bench, meeting: dict[str, Any]) -> None:
    function = snapped(
        processes,
        MEET
        + """
    import random, uuid
    from snapshot_restore_py import register_after_restore
    number = None
    @register_after_restore
    def renew():
        global number
        number = str(uuid.uuid4())
        random.seed()
    def handler(event, context):
        meet(event)
        return [number, random.random()]
""",
    )
    answers = at_once(processes, function, 3, meeting)
    assert len({number for number, _ in answers}) == len({value for _, value in answers}) == 3


def test_environments_share_nothing_that_changes(processes: Bench, meeting: dict[str, Any]) -> None:
    function = snapped(
        processes,
        MEET
        + """
    import tempfile
    book = open(__file__)
    start = book.read(4)
    seen = []
    def handler(event, context):
        seen.append(os.getpid())
        here = os.path.join(tempfile.gettempdir(), "mine")
        open(here, "a").write("x")
        meet(event)
        return [book.read(4), len(seen), open(here).read()]
""",
    )
    first, *others = at_once(processes, function, 3, meeting)
    assert first[1:] == [1, "x"]
    assert all(other == first for other in others), "each reads its own file from where Init stopped"


def test_a_connection_of_init_is_closed_after_the_restore(processes: Bench) -> None:
    function = snapped(
        processes,
        """
        import socket
        server = socket.create_server(("127.0.0.1", 0))
        connection = socket.create_connection(server.getsockname())
        served, _ = server.accept()
        def handler(event, context):
            connection.settimeout(5)
            return connection.recv(1).decode()
        """,
    )
    assert processes.invoke(function).payload == b'""'


def test_threads_of_init_are_missed_aloud(processes: Bench) -> None:
    function = snapped(
        processes,
        """
        import threading, time
        ticks = 0
        def tick():
            global ticks
            while True:
                ticks += 1
                time.sleep(0.001)
        threading.Thread(target=tick, name="ticker", daemon=True).start()
        while not ticks: pass
        def handler(event, context):
            return [threading.active_count(), ticks]
        """,
    )
    first = processes.invoke(function)
    active, ticks = json.loads(first.payload)
    assert active == 1
    assert ticks > 0
    assert "lambdalab: threads that Init started are not in this environment: ticker." in first.log
    second = json.loads(processes.invoke(function).payload)
    assert second == [1, ticks], "the state is that of the snapshot, and stays"


def test_a_handler_that_ends_its_process_ends_its_environment_and_no_other(processes: Bench) -> None:
    function = snapped(
        processes,
        "import os, sys\ndef handler(event, context):\n    os._exit(3) if event == 'go' else None\n    return 1",
    )
    gone = processes.invoke(function, "go")
    assert gone.error_type == "Runtime.ExitError"
    assert "Runtime exited with error: exit status 3" in gone.log
    again = processes.invoke(function)
    assert again.payload == b"1"
    assert again.restore_ms is not None, "restored from the same snapshot"


def test_a_killed_fork_is_noticed_in_its_sleep(processes: Bench) -> None:
    function = snapped(processes, "import os\ndef handler(event, context): return os.getpid()")
    pid = json.loads(processes.invoke(function).payload)
    with contextlib.suppress(ProcessLookupError):
        while True:
            os.kill(pid, 9)
    again = processes.invoke(function)
    assert not again.error
    assert json.loads(again.payload) != pid


def test_nothing_is_left_of_a_snapshot(own_processes: Bench) -> None:
    source = """
        import os
        init = os.getpid()
        def handler(event, context): return [init, os.getppid(), os.getpid()]
    """
    function = snapped(own_processes, source)
    pids = json.loads(own_processes.invoke(function).payload)
    assert len(set(pids)) == 3
    own_processes.engine.forget(function.arn)
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    reasons = [event.reason for event in events(own_processes, function, EnvironmentStopped)]
    assert reasons == ["the function was deleted"] * 2


def test_many_environments_come_out_of_one_snapshot(own_processes: Bench, tmp_path: Any) -> None:
    meeting = {"folder": str(tmp_path), "number": 20}
    function = snapped(
        own_processes,
        MEET + "\n    def handler(event, context):\n        meet(event)\n        return os.getpid()\n",
        timeout_s=30,
    )
    assert len(set(at_once(own_processes, function, 20, meeting))) == 20


@pytest.mark.skipif(not jdk_is_here(), reason="no JDK on this machine")
def test_java_is_initialised_again_and_says_so(own_processes: Bench) -> None:
    language = java("java17")
    function = replace(
        own_processes.function(""),
        runtime=language.runtime,
        handler=language.handler.format("count"),
        package=DeploymentPackage(zipped(language.files)),
        memory_mb=256,
        snap_start=True,
    )
    snapshotting = own_processes.engine.snapshot(function)
    assert snapshotting.wait(30)
    assert snapshotting.error_type is None
    outcome = own_processes.invoke(function)
    assert outcome.payload == b"1"
    assert "Restore Duration: " in outcome.log
    assert "lambdalab: a function of java17 cannot be restored from a snapshot here, so Init runs again." in outcome.log
