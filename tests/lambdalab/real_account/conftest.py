"""An account that is none: a lab in another process stands for AWS, with an alias, and for real credentials keys that
are not.

`AWS` is another process because it must not be watched. What the course does runs in this process, or, for whole
programs, through `driver.py`, which puts the same server in the place of AWS.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

import lambdalab
from lambdalab.real_account import account, aws, checks

from .stand_in import empty

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[3]
DRIVER = Path(__file__).with_name("driver.py")
STAND_IN = Path(__file__).with_name("stand_in.py")
DOORS: dict[str, str] = {}
ACCOUNT = "123456789012"
ALIAS = "acme-sandbox"
_NOT_HERE = ("BINDER_", "AWS_", "LAMBDALAB_")


def plain_environ(**more: str) -> dict[str, str]:
    """The environment of somebody who sits at their own machine: no build server, no Binder, nothing of AWS."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_NOT_HERE) and name not in checks._CI and name != "_LAMBDALAB_PLACE"
    }
    return {**kept, **more}


@contextlib.contextmanager
def stand_for_aws() -> Iterator[str]:
    """A server that stands for AWS: its address. `DOORS` has the way by which time passes in there."""
    process = subprocess.Popen([sys.executable, STAND_IN], stdout=subprocess.PIPE, text=True, env=plain_environ())
    assert process.stdout is not None
    try:
        url, door = process.stdout.readline().split()
        DOORS[url] = door
        yield url
    finally:
        process.terminate()
        process.communicate(timeout=30)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of what stands for AWS."""
    with stand_for_aws() as url:
        yield url


@pytest.fixture
def machine(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """This process, as that of somebody who may work in the account: its environment, and a server for AWS.

    The account is new: there is nothing in it, and Lambda has given no number of a version yet.
    """
    lambdalab.stop()
    empty(DOORS[server])
    environ = plain_environ(
        LAMBDALAB_TARGET="aws",
        LAMBDALAB_ACCOUNTS=ACCOUNT,
        AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE",
        AWS_SECRET_ACCESS_KEY="not-a-secret",
        AWS_DEFAULT_REGION="us-east-1",
        AWS_ENDPOINT_URL=server,
        AWS_EC2_METADATA_DISABLED="true",
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        XDG_STATE_HOME=str(tmp_path / "state"),
        _STAND_IN_DOOR=DOORS[server],
    )
    for name in set(os.environ) - set(environ):
        monkeypatch.delenv(name)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(account, "sleep", lambda seconds: None)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    aws.pretend(server)
    client("iam").create_account_alias(AccountAlias=ALIAS)
    yield environ
    lambdalab.stop()
    aws.pretend(None)
    client("iam", server).delete_account_alias(AccountAlias=ALIAS)


@pytest.fixture
def real(machine: dict[str, str]) -> account.Account:
    """An open account."""
    return account.start()


def client(service: str, url: str | None = None) -> Any:
    """A client of nobody's: as if somebody else worked in the account. Use it when the watch is off, or aside."""
    return _made(service, url or str(aws.pretended()))


@functools.cache
def _made(service: str, url: str) -> Any:
    session = boto3.Session("AKIASOMEBODYELSE", "secret", region_name="us-east-1")
    return session.client(service, endpoint_url=url, config=Config(retries={"max_attempts": 0}))


@pytest.fixture
def somebody(machine: dict[str, str]) -> Callable[..., Any]:
    """Calls the account past the watch: `somebody("lambda", "create_function", FunctionName=…)`."""

    def call(service: str, operation: str, **parameters: Any) -> Any:
        current = account.current()
        if current is None:
            return getattr(client(service), operation)(**parameters)
        with current._watch.aside():
            return getattr(client(service), operation)(**parameters)

    return call


LISTS = (
    ("lambda", "list_functions", "Functions"),
    ("lambda", "list_layers", "Layers"),
    ("lambda", "list_event_source_mappings", "EventSourceMappings"),
    ("iam", "list_roles", "Roles"),
    ("iam", "list_users", "Users"),
    ("iam", "list_groups", "Groups"),
    ("logs", "describe_log_groups", "logGroups"),
    ("s3", "list_buckets", "Buckets"),
    ("sqs", "list_queues", "QueueUrls"),
    ("sns", "list_topics", "Topics"),
    ("dynamodb", "list_tables", "TableNames"),
    ("kinesis", "list_streams", "StreamNames"),
    ("ssm", "describe_parameters", "Parameters"),
    ("secretsmanager", "list_secrets", "SecretList"),
    ("events", "list_rules", "Rules"),
    ("scheduler", "list_schedules", "Schedules"),
    ("cloudwatch", "describe_alarms", "MetricAlarms"),
    ("apigateway", "get_rest_apis", "items"),
    ("apigatewayv2", "get_apis", "Items"),
    ("stepfunctions", "list_state_machines", "stateMachines"),
)


@pytest.fixture
def what_is_there(somebody: Callable[..., Any]) -> Callable[[], dict[str, Any]]:
    """Asks the account itself, service by service, what is in it. Empty: nothing is."""

    def ask() -> dict[str, Any]:
        found = {
            f"{service}:{result}": somebody(service, operation).get(result) for service, operation, result in LISTS
        }
        found["iam:Policies"] = somebody("iam", "list_policies", Scope="Local")["Policies"]
        found["events:Buses"] = [
            bus for bus in somebody("events", "list_event_buses")["EventBuses"] if bus["Name"] != "default"
        ]
        found["scheduler:Groups"] = [
            group
            for group in somebody("scheduler", "list_schedule_groups")["ScheduleGroups"]
            if group["Name"] != "default"
        ]
        return {name: things for name, things in found.items() if things}

    return ask


def drive(
    environ: dict[str, str], *arguments: str, timeout: float = 120, **settings: Any
) -> subprocess.CompletedProcess[str]:
    """Run a program of the course in a process of its own, with the server for AWS."""
    return subprocess.run(
        [sys.executable, str(DRIVER), *arguments],
        env={**environ, **settings.pop("more", {})},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        **settings,
    )


def arguments_of(**more: Any) -> str:
    """For the driver."""
    return json.dumps(more)
