"""Warm and cold invocations: the lab's engine against aws-lambda-rie, bare awslambdaric, and a bare pipe."""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from lambdalab.guard import Fence
from lambdalab.package import package
from lambdalab.runtime import DeploymentPackage, Engine, Function
from lambdalab.runtime.processes.environments import ProcessEnvironments
from tools.bench.offline import NotInstalled, Offline
from tools.bench.peers import Emulator, Pipe, closing_all, start_bare_client
from tools.bench.timing import Samples, figures, in_turn, ratio

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.bench.figures import Figure

WARM_ROUNDS = 1000
COLD_ROUNDS = 20

HANDLER = 'def handler(event, context):\n    return {"message": "Hello, " + event["name"]}\n'
PAYLOAD = b'{"name": "Ada"}'
EXPECTED = {"message": "Hello, Ada"}


def _function(folder: Path) -> Function:
    return Function(
        name="bench",
        arn="arn:aws:lambda:us-east-1:123456789012:function:bench",
        # The lab's own Python, which the peers run in as well.
        runtime=f"python{sys.version_info.major}.{sys.version_info.minor}",
        handler="app.handler",
        package=DeploymentPackage(package(folder)),
    )


def warm() -> Iterator[Figure]:
    """Invoke a function whose environment is ready: through the engine, through RIE, and through a bare pipe."""
    with _bench() as (folder, engine, function):
        emulator, pipe = Emulator(folder), Pipe(folder)
        ours, rie, bare = (
            Samples("warm: the lab's engine"),
            Samples("warm: aws-lambda-rie"),
            Samples("warm: a bare pipe"),
        )
        with closing_all(emulator, pipe):
            for answer in (engine.invoke(function, PAYLOAD).payload, emulator.invoke(PAYLOAD), pipe.invoke(PAYLOAD)):
                if json.loads(answer) != EXPECTED:
                    raise RuntimeError(f"the function answered {answer!r}: the comparison would mean nothing")
            in_turn(
                WARM_ROUNDS,
                (ours, lambda: engine.invoke(function, PAYLOAD)),
                (rie, lambda: emulator.invoke(PAYLOAD)),
                (bare, lambda: pipe.invoke(PAYLOAD)),
            )
    yield from figures([ours, rie, bare])
    yield ratio(ours, rie, limit=1.0)


def offline() -> Iterator[Figure]:
    """Invoke a function whose environment is ready: through the engine, and through serverless-offline."""
    ours, theirs = Samples("warm: the lab's engine"), Samples("warm: serverless-offline")
    fence = Fence()
    try:
        with _bench() as (_, engine, function), contextlib.closing(Offline(HANDLER, fence)) as peer:
            for answer in (engine.invoke(function, PAYLOAD).payload, peer.invoke(PAYLOAD)):
                if json.loads(answer) != EXPECTED:
                    raise RuntimeError(f"the function answered {answer!r}: the comparison would mean nothing")
            in_turn(
                WARM_ROUNDS,
                (ours, lambda: engine.invoke(function, PAYLOAD)),
                (theirs, lambda: peer.invoke(PAYLOAD)),
            )
    except NotInstalled as error:
        print(f"serverless-offline is left out: it does not install here ({error}).", flush=True)
        return
    finally:
        fence.close()
    yield from figures([theirs])
    yield ratio(ours, theirs, limit=1.0)


def cold() -> Iterator[Figure]:
    """Start an environment and get a first result: through the engine, through RIE, and with the client alone."""
    ours, rie, bare = (
        Samples("cold: the lab's engine"),
        Samples("cold: aws-lambda-rie"),
        Samples("cold: awslambdaric, bare"),
    )
    with _bench() as (folder, engine, function):

        def through_rie() -> None:
            emulator = Emulator(folder)
            with closing_all(emulator):
                emulator.invoke(PAYLOAD)

        for _ in range(COLD_ROUNDS):
            engine.reset()  # not measured: ending the last environment is no part of the next one's start
            in_turn(
                1,
                (ours, lambda: engine.invoke(function, PAYLOAD)),
                (rie, through_rie),
                (bare, lambda: start_bare_client(folder)),
            )
    yield from figures([ours, rie, bare])
    yield ratio(ours, bare, limit=1.3)


@contextlib.contextmanager
def _bench() -> Iterator[tuple[Path, Engine, Function]]:
    """A folder with the function in it, an engine, and the function as the engine knows it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "app.py").write_text(HANDLER)
        fence = Fence()  # as in the lab: each environment asks it for each connection
        engine = Engine(ProcessEnvironments(lambda _: {}, in_new_thread=fence.call_in_new_thread))
        try:
            yield folder, engine, _function(folder)
        finally:
            engine.close()
            fence.close()
