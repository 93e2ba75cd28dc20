"""How far the engine scales: many environments at once, many warm calls a second, and what is left afterwards."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from lambdalab.guard import Fence
from lambdalab.package import package
from lambdalab.runtime import DeploymentPackage, Engine, Function
from lambdalab.runtime.processes.environments import ProcessEnvironments
from tools.bench.figures import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator

AT_ONCE = (100, 200)
CALLERS = 8
MANY = 10_000
_FOR_ALL = "/var/tmp" if Path("/var/tmp").is_dir() else None

# A call runs until somebody writes a byte into the pipe.
WAITING = """
import os
def handler(event, context):
    if event:
        with open(os.environ["GATE"], "rb", buffering=0) as gate:
            gate.read(1)
"""


def environments() -> Iterator[Figure]:
    """Call a function so often at once that each call needs an environment; then see what an idle one weighs."""
    for count in AT_ONCE:
        # Not in /tmp: an environment has its own.
        with tempfile.TemporaryDirectory(dir=_FOR_ALL) as name:
            gate = str(Path(name, "gate"))
            os.mkfifo(gate)
            descriptor = os.open(gate, os.O_RDWR)
            fence = Fence()
            engine = Engine(ProcessEnvironments(lambda _: {}, in_new_thread=fence.call_in_new_thread))
            try:
                function = _function(name, {"GATE": gate})
                began = time.perf_counter()
                with ThreadPoolExecutor(count) as callers:
                    calls = [callers.submit(engine.invoke, function, b"true") for _ in range(count)]
                    while sum(each.state == "running" for each in engine.environments()) < count:
                        time.sleep(0.005)
                    seconds = time.perf_counter() - began
                    os.write(descriptor, b"." * count)
                    if any(call.result().error for call in calls):
                        raise RuntimeError("a call failed: the figure would mean nothing")
                yield Figure(f"{count} environments at once, cold", seconds, "s")
                pool = engine._pools[function.key]
                processes = [member.environment._process.pid for member in pool._idle]  # type: ignore[attr-defined]
                weights = [weight for pid in processes if (weight := _own_memory_mb(pid)) is not None]
                if weights:
                    yield Figure(f"memory of an idle environment, one of {count}", sum(weights) / len(weights), "MB")
            finally:
                engine.close()
                fence.close()
                os.close(descriptor)


def throughput() -> Iterator[Figure]:
    """Call a warm function from several threads, very often, and compare the process before and after."""
    with tempfile.TemporaryDirectory() as name:
        engine = Engine(ProcessEnvironments(lambda _: {}))
        try:
            function = _function(name, {"GATE": ""})
            with ThreadPoolExecutor(CALLERS) as callers:
                together = threading.Barrier(CALLERS)

                def call(times: int) -> None:
                    together.wait()
                    for _ in range(times):
                        engine.invoke(function, b"false")

                list(callers.map(call, [25] * CALLERS))
                memory, files = _own_memory_mb(os.getpid()), _open_files()
                began = time.perf_counter()
                list(callers.map(call, [MANY // CALLERS] * CALLERS))
                seconds = time.perf_counter() - began
            yield Figure(f"warm calls, {CALLERS} callers at once, each", seconds / MANY * 1e3, "ms", limit=1.0)
            yield Figure(f"open files more after {MANY:,} calls", _open_files() - files, "", limit=0)
            after = _own_memory_mb(os.getpid())
            if memory is not None and after is not None:
                yield Figure(f"memory more after {MANY:,} calls", max(0.0, after - memory), "MB", limit=3)
        finally:
            engine.close()


def _function(folder: str, variables: dict[str, str]) -> Function:
    source = Path(folder, "app.py")
    source.write_text(WAITING)
    return Function(
        name="bench",
        arn="arn:aws:lambda:us-east-1:123456789012:function:bench",
        runtime="python3.13",
        handler="app.handler",
        package=DeploymentPackage(package(source)),
        timeout_s=120,
        environment=variables,
    )


def _open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def _own_memory_mb(pid: int) -> float | None:
    """What a process holds and shares with nobody; None where the system does not say."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return None
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024
