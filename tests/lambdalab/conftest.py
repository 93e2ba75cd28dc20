"""A lab for each module of tests, empty at the beginning of each test."""

from __future__ import annotations

import functools
import json
import os
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

import lambdalab
from lambdalab import faults

from .packages import zipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lambdalab import Lab

IMPATIENT = Config(retries={"max_attempts": 0}, read_timeout=30, connect_timeout=5)
"""For clients of tests: an error is seen at once, not after four tries."""


@pytest.fixture(scope="module", autouse=True)
def _variables_are_as_before() -> Iterator[None]:
    """No module of tests leaves environment variables of AWS to the next."""
    before = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    yield
    assert {name: value for name, value in os.environ.items() if name.startswith("AWS_")} == before


@pytest.fixture(autouse=True)
def _the_lab_itself_did_not_fail() -> Iterator[None]:
    """A fault of the lab in the background fails the test in which it happened."""
    faults.forget()
    yield
    assert faults.reported() == []


@pytest.fixture(scope="module")
def running_lab() -> Iterator[Lab]:
    lab = lambdalab.start()
    yield lab
    lab.stop()


@pytest.fixture
def lab(running_lab: Lab) -> Lab:
    """The module's lab, reset."""
    running_lab.reset()
    return running_lab


@pytest.fixture(scope="module")
def clients(running_lab: Lab) -> Callable[..., Any]:
    """The module's boto3 clients, each made once."""
    session = boto3.Session()
    return functools.cache(lambda service: session.client(service, config=IMPATIENT))


@pytest.fixture
def client(lab: Lab, clients: Callable[..., Any]) -> Callable[..., Any]:
    """Gives boto3 clients that do not retry."""
    return clients


@pytest.fixture
def aws_lambda(client: Callable[..., Any]) -> Any:
    """A boto3 client of Lambda."""
    return client("lambda")


@pytest.fixture
def create(lab: Lab, aws_lambda: Any) -> Callable[..., Any]:
    """Creates a function from source text; answers what create_function answered."""

    def create_function(source: str | dict[str, str | bytes] = "", name: str = "hello", **settings: Any) -> Any:
        files = {"app.py": source} if isinstance(source, str) else source
        return aws_lambda.create_function(
            **{
                "FunctionName": name,
                "Runtime": "python3.13",
                "Role": lab.role("role"),
                "Handler": "app.handler",
                "Code": {"ZipFile": zipped(files)},
                "Timeout": 20,
                **settings,
            }
        )

    return create_function


@pytest.fixture
def invoke(aws_lambda: Any) -> Callable[..., Any]:
    """Invokes a function and reads its payload as JSON."""

    def invoke_function(name: str = "hello", event: Any = None, **settings: Any) -> Any:
        response = aws_lambda.invoke(FunctionName=name, Payload=json.dumps(event), **settings)
        return json.loads(response["Payload"].read())

    return invoke_function
