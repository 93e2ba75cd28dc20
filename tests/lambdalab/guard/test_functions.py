"""Functions, and what they start, are behind the lab's fence; whatever language they are in.

192.0.2.1 belongs to nobody (RFC 5737). No network answers "permission denied" there: the fence does.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.lambdalab.packages import zipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the fence is Linux's")

BLOCKED = "lambdalab: blocked a connection to 192.0.2.1, port 80. In local mode nothing leaves this machine."


def run(client: Callable[..., Any], lab: Lab, files: dict[str, str], **settings: Any) -> tuple[Any, str]:
    """What a new function answers, and its log."""
    awslambda = client("lambda")
    awslambda.create_function(
        FunctionName="runaway",
        Role=lab.role("runaway"),
        Code={"ZipFile": zipped(files, executable=("bootstrap",))},
        **{"Runtime": f"python3.{sys.version_info.minor}", "Handler": "app.handler", "Timeout": 30, **settings},
    )
    response = awslambda.invoke(FunctionName="runaway", LogType="Tail")
    return json.loads(response["Payload"].read()), base64.b64decode(response["LogResult"]).decode()


def test_a_program_that_a_function_starts_with_variables_of_its_own(client: Callable[..., Any], lab: Lab) -> None:
    answer, log = run(
        client,
        lab,
        {
            "app.py": """
            import subprocess
            def handler(event, context):
                command = ["bash", "-c", "echo out > /dev/tcp/192.0.2.1/80"]
                return subprocess.run(command, env={}, check=False).returncode
            """
        },
    )
    assert answer == 1
    assert BLOCKED in log


def test_compiled_code_in_a_function(client: Callable[..., Any], lab: Lab) -> None:
    """What does not go through Python's sockets is not seen by the hook in the function's process."""
    answer, log = run(
        client,
        lab,
        {
            "app.py": """
            import ctypes, socket, struct
            def handler(event, context):
                libc = ctypes.CDLL(None, use_errno=True)
                s = socket.socket()
                name = struct.pack("=H", 2) + struct.pack("!H4s8x", 80, socket.inet_aton("192.0.2.1"))
                return [libc.connect(s.fileno(), name, 16), ctypes.get_errno()]
            """
        },
    )
    assert answer == [-1, 13]
    assert BLOCKED in log


def test_a_custom_runtime(client: Callable[..., Any], lab: Lab) -> None:
    bootstrap = """#!/bin/bash
url=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation
while true; do
  id=$(curl -sS -D - -o /dev/null $url/next | tr -d '\\r' | sed -n 's/^Lambda-Runtime-Aws-Request-Id: //Ip')
  (echo out > /dev/tcp/192.0.2.1/80) 2> /dev/null && answer=out || answer=held
  echo x > /dev/tcp/192.0.2.1/80
  curl -sS -d "\\"$answer\\"" $url/$id/response > /dev/null
done
"""
    answer, log = run(client, lab, {"bootstrap": bootstrap}, Runtime="provided.al2023", Handler="none")
    assert answer == "held"
    assert BLOCKED in log


def test_node_and_what_it_starts(client: Callable[..., Any], lab: Lab) -> None:
    answer, log = run(
        client,
        lab,
        {
            "app.mjs": """
            import { spawnSync } from "node:child_process";
            export const handler = async () =>
              spawnSync("bash", ["-c", "echo out > /dev/tcp/192.0.2.1/80"], { env: {}, stdio: "inherit" }).status;
            """
        },
        Runtime="nodejs22.x",
    )
    assert answer == 1
    assert BLOCKED in log


def test_a_function_that_is_started_while_the_process_is_not_pointed_at_the_lab(
    client: Callable[..., Any], lab: Lab
) -> None:
    """As the pytest plugin leaves it between tests: the process is free, the lab's functions are not."""
    files = {
        "app.py": """
        import subprocess
        def handler(event, context):
            return subprocess.run(["bash", "-c", "echo out > /dev/tcp/192.0.2.1/80"], env={}, check=False).returncode
        """
    }
    awslambda = client("lambda")
    role = lab.role("runaway")
    lab.let_go()
    try:
        awslambda.create_function(
            FunctionName="runaway",
            Role=role,
            Runtime=f"python3.{sys.version_info.minor}",
            Handler="app.handler",
            Code={"ZipFile": zipped(files)},
        )
        response = awslambda.invoke(FunctionName="runaway", LogType="Tail")
    finally:
        lab._take_charge()
    assert BLOCKED in base64.b64decode(response["LogResult"]).decode()


def test_a_cell_that_starts_a_program_is_told_why_it_fails(lab: Lab) -> None:
    done = subprocess.run(
        ["bash", "-c", "echo out > /dev/tcp/192.0.2.1/80"], env={}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert BLOCKED in done.stderr


def test_lambdalab_run_holds_its_command() -> None:
    command = [
        sys.executable,
        "-m",
        "lambdalab",
        "run",
        "--",
        "env",
        "-i",
        "bash",
        "-c",
        "echo > /dev/tcp/192.0.2.1/80",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert BLOCKED in done.stderr
