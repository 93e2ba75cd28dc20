"""An engine without the rest of the lab, for each kind of execution environment."""

from __future__ import annotations

import itertools
import json
import sys
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest

from lambdalab.runtime import DeploymentPackage, Engine, EnvironmentStarted, EnvironmentStopped, Function, LogLine
from lambdalab.runtime.inline import InlineEnvironments
from lambdalab.runtime.processes.environments import ProcessEnvironments
from tests.lambdalab.packages import zipped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdalab.runtime import Event, Outcome

_numbers = itertools.count(1)
OWN_PYTHON = f"python{sys.version_info[0]}.{sys.version_info[1]}"
"""The runtime that the interpreter of these tests matches: it has awslambdaric's compiled transport."""


class Bench:
    """Makes functions from source text, runs them, and keeps what the engine published."""

    def __init__(self, kind: str, engine: Engine) -> None:
        self.kind, self.engine = kind, engine
        self.events: list[Event] = []
        engine.subscribe(self.events.append)

    def function(self, source: str | dict[str, str], handler: str = "app.handler", **settings: Any) -> Function:
        files = {"app.py": source} if isinstance(source, str) else source
        name = settings.pop("name", f"f{next(_numbers)}")
        settings["environment"] = MappingProxyType(settings.pop("environment", {}))
        return Function(
            name=name,
            arn=f"arn:aws:lambda:us-east-1:123456789012:function:{name}",
            runtime=settings.pop("runtime", OWN_PYTHON),
            handler=handler,
            package=DeploymentPackage(zipped(files, executable=settings.pop("executable", ("bootstrap",)))),
            **settings,
        )

    def invoke(self, function: Function, event: Any = None) -> Outcome:
        return self.engine.invoke(function, json.dumps(event).encode())

    def run(self, source: str | dict[str, str], event: Any = None, **settings: Any) -> Outcome:
        """Make a function and call it once."""
        return self.invoke(self.function(source, **settings), event)

    def started(self, function: Function) -> list[EnvironmentStarted]:
        return [e for e in self.events if isinstance(e, EnvironmentStarted) and e.function.name == function.name]

    def stopped(self, function: Function) -> list[EnvironmentStopped]:
        return [e for e in self.events if isinstance(e, EnvironmentStopped) and e.function.name == function.name]

    def log_of(self, function: Function) -> list[str]:
        return [e.message for e in self.events if isinstance(e, LogLine) and e.function.name == function.name]


def variables(function: Function) -> dict[str, str]:
    """Stands in for the credentials of the function's role."""
    return {"AWS_ACCESS_KEY_ID": "ASIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token"}


def _engine(kind: str) -> Engine:
    if kind == "inline":
        return Engine(InlineEnvironments(variables))
    # Machines without AWS's transport have no namespaces either: there paths are rewritten.
    usual = kind == "process"
    return Engine(ProcessEnvironments(variables, native_client=usual, namespaces=None if usual else False))


@pytest.fixture(scope="module", params=["process", "pure-python-client", "inline"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """Each kind of environment in turn: what holds for one holds for all."""
    engine = _engine(request.param)
    yield Bench(request.param, engine)
    engine.close()


@pytest.fixture(scope="module", params=["process", "pure-python-client"])
def processes(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """Environments that are processes: with all that this machine allows, and with what every machine has."""
    engine = _engine(request.param)
    yield Bench(request.param, engine)
    engine.close()


@pytest.fixture
def own_processes() -> Iterator[Bench]:
    """Processes in an engine that the test may close."""
    engine = _engine("process")
    yield Bench("process", engine)
    engine.close()
