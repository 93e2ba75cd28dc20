"""Custom runtimes: which program is started, and what is said when none can be."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

import pytest

from lambdalab.runtime import DeploymentPackage, Engine
from lambdalab.runtime.processes.environments import ProcessEnvironments
from tests.lambdalab.packages import zipped

from ..conftest import Bench, _engine, variables
from ..outcomes import error, result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdalab.runtime import Function

RUNTIME = "provided.al2023"
ANSWER = r"""#!/bin/bash
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while true; do
    curl -s -D "${TMPDIR:-/tmp}/headers" -o "${TMPDIR:-/tmp}/event" "$api/next"
    id=$(grep -i '^lambda-runtime-aws-request-id:' "${TMPDIR:-/tmp}/headers" | tr -d '\r' | cut -d' ' -f2)
    curl -s -o /dev/null -d "$(answer)" "$api/$id/response"
done
"""


def bootstrap(answer: str) -> str:
    """A runtime whose every answer is what a line of bash prints."""
    return ANSWER.replace("while true", f"answer() {{ {answer}; }}\nwhile true", 1)


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    bench = Bench("process", _engine("process"))
    yield bench
    bench.engine.close()


def test_it_starts_in_var_task_with_its_handler_in_the_environment(bench: Bench) -> None:
    files = {"bootstrap": bootstrap("""echo "[\\"$PWD\\", \\"$_HANDLER\\", \\"$0\\"]" """)}
    assert result(bench.run(files, handler="any.thing", runtime=RUNTIME)) == [
        "/var/task",
        "any.thing",
        "/var/task/bootstrap",
    ]


@pytest.mark.parametrize("runtime", ["provided.al2", "provided.al2023"])
def test_a_layer_may_bring_the_runtime(bench: Bench, runtime: str) -> None:
    layer = DeploymentPackage(zipped({"bootstrap": bootstrap("cat greeting")}, executable=("bootstrap",)))
    assert result(bench.run({"greeting": '"hello"'}, runtime=runtime, layers=(layer,))) == "hello"


def test_the_packages_own_comes_before_a_layers(bench: Bench) -> None:
    layer = DeploymentPackage(zipped({"bootstrap": bootstrap("echo 1")}, executable=("bootstrap",)))
    assert result(bench.run({"bootstrap": bootstrap("echo 2")}, runtime=RUNTIME, layers=(layer,))) == 2


NOT_STARTED = {
    "missing": ({"main": ""}, "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"),
    "a folder": ({"bootstrap/x": ""}, "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"),
    "not executable": ({"bootstrap": "#!/bin/bash"}, "fork/exec /var/task/bootstrap: permission denied"),
    "no program": ({"bootstrap": b"\x7fELF of another machine"}, "fork/exec /var/task/bootstrap: exec format error"),
    "with an unknown shell": (
        {"bootstrap": "#!/bin/nosuchshell\n"},
        "fork/exec /var/task/bootstrap: no such file or directory",
    ),
    "with line ends of Windows": (
        {"bootstrap": "#!/bin/bash\r\n"},
        "fork/exec /var/task/bootstrap: no such file or directory",
    ),
}


def not_started(bench: Bench, case: str) -> Function:
    executable = () if case == "not executable" else ("bootstrap",)
    return bench.function(NOT_STARTED[case][0], runtime=RUNTIME, executable=executable)


@pytest.mark.parametrize("case", NOT_STARTED)
def test_a_program_that_is_not_started_is_said_in_awss_words(bench: Bench, case: str) -> None:
    outcome = bench.invoke(not_started(bench, case))
    message = f"RequestId: {outcome.request_id} Error: {NOT_STARTED[case][1]}"
    assert error(outcome) == {"errorType": "Runtime.InvalidEntrypoint", "errorMessage": message}
    assert f"{message}\nRuntime.InvalidEntrypoint\n" in outcome.log


def test_the_log_of_a_program_that_is_not_started_is_awss(bench: Bench) -> None:
    function = not_started(bench, "missing")
    request_id = bench.invoke(function).request_id
    log = [re.sub(r"[\d.]+ ms", "N ms", line) for line in bench.log_of(function)]
    assert log[0].startswith(f"INIT_START Runtime Version: {RUNTIME}")
    assert log[1:5] == [
        "INIT_REPORT Init Duration: N ms\tPhase: init\tStatus: error\tError Type: Runtime.InvalidEntrypoint",
        "INIT_REPORT Init Duration: N ms\tPhase: invoke\tStatus: error\tError Type: Runtime.InvalidEntrypoint",
        f"START RequestId: {request_id} Version: $LATEST",
        f"RequestId: {request_id} Error: {NOT_STARTED['missing'][1]}\nRuntime.InvalidEntrypoint",
    ]
    assert log[5] == f"END RequestId: {request_id}"


def test_a_program_that_ends_at_once_is_said(bench: Bench) -> None:
    outcome = bench.run({"bootstrap": "#!/bin/bash\necho leaving\nexit 0"}, runtime=RUNTIME)
    assert error(outcome) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {outcome.request_id} Error: Runtime exited without providing a reason",
    }
    assert outcome.log.count("leaving\n") == 2  # Init is tried again


def test_programs_are_led_to_the_lab_but_not_on_their_own_machine() -> None:
    """What curl does with a proxy is curl's; that it is told of one is the lab's."""
    proxy = "http://127.0.0.1:9"
    engine = Engine(ProcessEnvironments(lambda function: {**variables(function), "_LAMBDALAB_PROXY": proxy}))
    bench = Bench("process", engine)
    try:
        files = {
            "bootstrap": bootstrap("""printf '["%s", "%s", "%s"]' "$https_proxy" "$NO_PROXY" "$_LAMBDALAB_PROXY" """)
        }
        assert result(bench.run(files, runtime=RUNTIME)) == [proxy, "127.0.0.1,localhost,::1", ""]
    finally:
        engine.close()


# Runtimes with manners of their own -------------------------------------------------------------------------------

NEXT = r"""
printf 'GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: lambda\r\n\r\n' >&3
"""
ANSWER_IT = r"""
id=$(grep -i '^lambda-runtime-aws-request-id:' "${TMPDIR:-/tmp}/head" | tr -d '\r' | cut -d' ' -f2)
curl -s -o /dev/null -d '"fine"' "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/$id/response"
"""
OPEN = "exec 3<>/dev/tcp/${AWS_LAMBDA_RUNTIME_API/:/\\/}"


def test_a_runtime_may_ask_again_when_it_has_lost_its_connection(bench: Bench) -> None:
    source = (
        f"#!/bin/bash\n{OPEN}{NEXT}exec 3>&-\n"
        "while true; do\n"
        'curl -s -D "${TMPDIR:-/tmp}/head" -o /dev/null "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next"'
        f"{ANSWER_IT}done\n"
    )
    function = bench.function({"bootstrap": source}, runtime=RUNTIME, timeout_s=10)
    assert [result(bench.invoke(function)) for _ in range(2)] == ["fine", "fine"]


def test_a_runtime_may_close_its_half_when_it_has_asked(bench: Bench) -> None:
    """As netcat does with `nc -N`; here with the socket module of the lab's own Python."""
    source = f"""#!{os.path.realpath(sys.executable)}
import os, socket, urllib.request
host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
path = "/2018-06-01/runtime/invocation/"
while True:
    with socket.create_connection((host, int(port))) as line:
        line.sendall(f"GET {{path}}next HTTP/1.1\\r\\nHost: lambda\\r\\n\\r\\n".encode())
        line.shutdown(socket.SHUT_WR)
        head = b"".join(iter(lambda: line.recv(65536), b""))
    request_id = head.lower().partition(b"aws-request-id: ")[2].split()[0].decode()
    urllib.request.urlopen(f"http://{{host}}:{{port}}{{path}}{{request_id}}/response", b'"fine"').read()
"""
    function = bench.function({"bootstrap": source}, runtime=RUNTIME, timeout_s=10)
    assert [result(bench.invoke(function)) for _ in range(2)] == ["fine", "fine"]


def test_a_runtime_that_asks_and_does_not_read_times_out(bench: Bench) -> None:
    """The event is larger than what the system keeps for a socket: whoever sends it must not wait for ever."""
    function = bench.function({"bootstrap": f"#!/bin/bash\n{OPEN}{NEXT}sleep 60\n"}, runtime=RUNTIME, timeout_s=1)
    assert error(bench.engine.invoke(function, b'"' + b"x" * 6_000_000 + b'"'))["errorType"] == "Sandbox.Timedout"
