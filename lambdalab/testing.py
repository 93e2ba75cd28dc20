"""A pytest plugin: your functions, run in the lab, in your own tests.

    def test_it_greets(lab_function):
        greet = lab_function("../src/app.py")
        assert greet({"name": "Ada"}) == {"message": "Hello, Ada!"}

Two fixtures. `lab` is a running lab with an empty account: while the test runs, boto3 and child processes talk to it.
`lab_function` creates functions in it. The lab starts with the first test that wants it and is emptied after each;
between such tests nothing of it is on: no environment variable, no guard. A run that never asks for either fixture
imports nothing but this file. See docs/reference/testing.md.
"""

from __future__ import annotations

import base64
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from os import PathLike

    from .lab import Lab


class FunctionError(Exception):
    """A function answered with an error. The message has its log."""

    def __init__(self, name: str, document: dict[str, Any], log: str) -> None:
        self.error_type: str = document.get("errorType") or ""
        self.error_message: str = document.get("errorMessage") or ""
        self.log = log
        super().__init__(f"{name} failed: {self.error_type}: {self.error_message}\n\nIts log:\n{log}")


@dataclass(frozen=True)
class LabFunction:
    """A function in the lab. Call it with an event."""

    name: str
    arn: str
    client: Any
    """boto3's client of Lambda."""

    def __call__(self, event: Any = None) -> Any:
        """Invoke it and wait; what it returned. Raises FunctionError if it failed."""
        response = self.client.invoke(FunctionName=self.name, Payload=json.dumps(event).encode(), LogType="Tail")
        answer = json.loads(response["Payload"].read())
        if "FunctionError" in response:
            raise FunctionError(self.name, answer, base64.b64decode(response["LogResult"]).decode("utf-8", "replace"))
        return answer


@pytest.fixture(scope="session")
def _lambdalab_session() -> Iterator[Lab]:
    """The one lab of this run. If the project started one itself, that one, and it goes on."""
    from . import lab as labs

    ours = labs._current is None
    running = labs.start()
    if ours:
        running.let_go()
    yield running
    if ours:
        running.stop()


@pytest.fixture
def lab(_lambdalab_session: Lab) -> Iterator[Lab]:
    """A running lab with an empty account, for this test."""
    with _lambdalab_session.in_charge():
        _lambdalab_session.reset()
        yield _lambdalab_session
        _lambdalab_session.reset()


@pytest.fixture
def lab_function(lab: Lab, request: pytest.FixtureRequest) -> Callable[..., LabFunction]:
    """Creates a function from files and folders, which are found from the folder of the test's file."""

    def create(
        *paths: str | PathLike[str],
        name: str | None = None,
        handler: str | None = None,
        policy: dict[str, Any] | None = None,
        **settings: Any,
    ) -> LabFunction:
        """`handler` is "<first file>.handler" unless given, the runtime this Python; `policy` is the role's.

        `settings` go to boto3's create_function as they are: Timeout, MemorySize, Environment …
        """
        import boto3

        files = [request.path.parent / path for path in paths]
        package = lab.package(*files)
        module = "app" if files[0].is_dir() else files[0].stem
        name = name or Path(files[0]).stem.replace(".", "-")
        client = boto3.client("lambda")
        made = client.create_function(
            **{
                "FunctionName": name,
                "Runtime": f"python3.{sys.version_info.minor}",
                "Handler": handler or f"{module}.handler",
                "Role": lab.role(f"{name}-role", policy),
                "Code": {"ZipFile": package},
                **settings,
            }
        )
        return LabFunction(made["FunctionName"], made["FunctionArn"], client)

    return create
