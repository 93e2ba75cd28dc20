"""External and internal extensions beside a real runtime, in processes."""

from __future__ import annotations

import io
import json
import re
import signal
import subprocess
import sys
import textwrap
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lambdalab.runtime import DeploymentPackage, EnvironmentStopped, LogLine
from lambdalab.runtime.processes import process

from .outcomes import error, report, result
from .watching import ended, state_of, watching

if TYPE_CHECKING:
    from lambdalab.runtime import Function, Outcome

    from .conftest import Bench

CLIENT = f"""#!{sys.executable} -S
import http.client, json, os, sys
name = os.path.basename(__file__)
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
identity = {{}}

def call(method, path, body=None, **headers):
    headers = {{key.replace("_", "-"): value for key, value in headers.items()}}
    api.request(method, "/2020-01-01/extension/" + path, body and json.dumps(body), {{**identity, **headers}})
    response = api.getresponse()
    answer = json.loads(response.read())
    if "Lambda-Extension-Identifier" in response.headers:
        identity["Lambda-Extension-Identifier"] = response.headers["Lambda-Extension-Identifier"]
    return answer

def register(*events):
    return call("POST", "register", {{"events": events}}, Lambda_Extension_Name=name)

def say(*words):
    print(f"[{{name}}]", *words, flush=True)
"""

TELLS_ALL = """
say("registered", json.dumps(register("INVOKE", "SHUTDOWN"), sort_keys=True))
while True:
    event = call("GET", "event/next")
    say(json.dumps(event, sort_keys=True))
    if event["eventType"] == "SHUTDOWN":
        break
"""

IN_BASH = """#!/bin/bash
api=http://$AWS_LAMBDA_RUNTIME_API/2020-01-01/extension
id=$(curl -sS -D - -o /dev/null -H "Lambda-Extension-Name: ${0##*/}" \\
    -d '{"events": ["INVOKE", "SHUTDOWN"]}' "$api/register" |
    sed -n 's/^Lambda-Extension-Identifier: //ip' | tr -d '\\r')
while event=$(curl -sS -H "Lambda-Extension-Identifier: $id" "$api/event/next"); do
    echo "in bash: $event"
    [[ $event == *SHUTDOWN* ]] && exit
done
"""

ECHO = "def handler(event, context): return event"


def layer(extensions: dict[str, str], mode: int = 0o755) -> DeploymentPackage:
    """A layer with extensions, written after CLIENT unless they have a first line of their own."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, source in extensions.items():
            entry = zipfile.ZipInfo(f"extensions/{name}")
            entry.external_attr = (0o100000 | mode) << 16
            source = textwrap.dedent(source)
            archive.writestr(entry, source if source.startswith("#!") else CLIENT + source)
    return DeploymentPackage(buffer.getvalue())


def with_extension(bench: Bench, extension: str, handler: str = ECHO, **settings: Any) -> Function:
    return bench.function(handler, layers=(layer({"companion": extension}),), **settings)


def said(bench: Bench, function: Function) -> list[Any]:
    """What the extension said, parsed where it is JSON."""
    lines = [line.removeprefix("[companion] ") for line in bench.log_of(function) if line.startswith("[companion]")]
    return [json.loads(line) if line.startswith("{") else line for line in lines]


def log_line(bench: Bench, function: Function) -> str:
    """The line that Lambda writes of an extension."""
    return next(line for line in bench.log_of(function) if line.startswith("EXTENSION\t"))


# The life of an extension -----------------------------------------------------------------------------------------


def test_an_extension_registers_and_receives_each_invocation_and_the_end(processes: Bench) -> None:
    function = with_extension(processes, TELLS_ALL)
    before = time.time()
    first, second = processes.invoke(function, 1), processes.invoke(function, 2)
    assert [result(first), result(second)] == [1, 2]
    processes.engine.forget(function.arn)
    registered, *events = said(processes, function)
    assert json.loads(registered.removeprefix("registered ")) == {
        "functionName": function.name,
        "functionVersion": "$LATEST",
        "handler": "app.handler",
    }
    for outcome, event in zip((first, second), events[:2], strict=True):
        assert event["eventType"] == "INVOKE"
        assert event["requestId"] == outcome.request_id
        assert event["invokedFunctionArn"] == function.arn
        assert before * 1e3 < event["deadlineMs"] < before * 1e3 + 60_000
        assert event["tracing"]["type"] == "X-Amzn-Trace-Id"
        assert re.fullmatch(r"Root=1-\w{8}-\w{24};Parent=\w{16};Sampled=0", event["tracing"]["value"])
    (end,) = events[2:]
    assert (end["eventType"], end["shutdownReason"]) == ("SHUTDOWN", "spindown")
    assert before * 1e3 < end["deadlineMs"] < time.time() * 1e3 + 2_000


def test_lambda_logs_each_extension_at_the_end_of_init(processes: Bench) -> None:
    function = with_extension(processes, TELLS_ALL)
    outcome = processes.invoke(function)
    line = "EXTENSION\tName: companion\tState: Ready\tEvents: [INVOKE, SHUTDOWN]"
    assert log_line(processes, function) == line
    assert outcome.log.index(line) < outcome.log.index("START RequestId")


def test_an_extension_can_be_a_shell_script(processes: Bench) -> None:
    function = processes.function(ECHO, layers=(layer({"in-bash": IN_BASH}),))
    assert result(processes.invoke(function, "hi")) == "hi"
    processes.engine.forget(function.arn)
    spoken = [line for line in processes.log_of(function) if line.startswith("in bash: ")]
    assert ['"eventType": "INVOKE"' in spoken[0], '"eventType": "SHUTDOWN"' in spoken[1]] == [True, True]
    assert log_line(processes, function) == "EXTENSION\tName: in-bash\tState: Ready\tEvents: [INVOKE, SHUTDOWN]"


def test_the_runtime_starts_when_all_extensions_have_registered(processes: Bench) -> None:
    slow = "import time\ntime.sleep(0.05)\nsay('registering')\nregister()\ncall('GET', 'event/next')"
    function = with_extension(processes, slow, "print('init of the function')\n" + ECHO)
    processes.invoke(function)
    lines = processes.log_of(function)
    assert lines.index("[companion] registering") < lines.index("init of the function")


def test_init_lasts_until_the_extensions_are_ready(processes: Bench) -> None:
    slow = "import time\nregister()\ntime.sleep(0.2)\ncall('GET', 'event/next')"
    outcome = processes.invoke(with_extension(processes, slow))
    assert outcome.init_ms is not None
    assert outcome.init_ms > 200


def test_an_invocation_lasts_until_the_extensions_are_ready_again_and_that_is_billed(processes: Bench) -> None:
    slow = """
register("INVOKE")
import time
while True:
    call("GET", "event/next")
    time.sleep(0.1)
"""
    function = with_extension(processes, slow)
    processes.invoke(function)
    outcome = processes.invoke(function)
    # Most of the 100 ms: on a busy machine they have begun before the answer is looked at. The handler takes one.
    assert outcome.duration_ms > 50
    assert float(report(outcome)["Duration"].removesuffix(" ms")) > 50
    assert outcome.billed_ms > 50


def test_who_registers_for_no_event_is_told_of_none(processes: Bench) -> None:
    silent = "register()\nsay(call('GET', 'event/next'))"
    function = with_extension(processes, silent)
    assert [result(processes.invoke(function, n)) for n in (1, 2)] == [1, 2]
    processes.engine.forget(function.arn)
    assert said(processes, function) == []
    assert log_line(processes, function) == "EXTENSION\tName: companion\tState: Ready\tEvents: []"


def test_an_extension_is_frozen_with_the_runtime(processes: Bench) -> None:
    function = with_extension(processes, "say(str(os.getpid()))" + TELLS_ALL)
    processes.invoke(function)
    pid = int(said(processes, function)[0])
    with watching(pid) as pidfd:
        while state_of(pid) != "T":
            assert not ended(pidfd, 0)
        processes.engine.forget(function.arn)
        assert ended(pidfd)


def test_extensions_of_several_layers_all_take_part(processes: Bench) -> None:
    layers = (layer({"b-second": TELLS_ALL}), layer({"a-first": TELLS_ALL}))
    function = processes.function(ECHO, layers=layers)
    processes.invoke(function)
    lines = [line for line in processes.log_of(function) if line.startswith("EXTENSION\t")]
    assert [line.split("\t")[1] for line in lines] == ["Name: a-first", "Name: b-second"]


def test_an_extension_shares_tmp_and_variables_but_not_those_of_the_runtime(processes: Bench) -> None:
    tells = """
register("INVOKE")
import tempfile; open(tempfile.gettempdir() + "/note", "w").write("from the extension")
say(json.dumps(dict(os.environ)))
call("GET", "event/next")
call("GET", "event/next")
"""
    handler = "import tempfile\ndef handler(event, context): return open(tempfile.gettempdir() + '/note').read()"
    function = with_extension(processes, tells, handler, environment={"COLOUR": "green"})
    assert result(processes.invoke(function)) == "from the extension"
    (seen,) = said(processes, function)
    assert seen["COLOUR"] == "green"
    assert seen["AWS_LAMBDA_FUNCTION_NAME"] == function.name
    assert seen["AWS_ACCESS_KEY_ID"] == "ASIAEXAMPLE"
    assert not {"_HANDLER", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "AWS_EXECUTION_ENV", "PYTHONPATH"} & set(seen)
    assert not [name for name in seen if "LAMBDALAB" in name]


# Internal extensions ----------------------------------------------------------------------------------------------

INTERNAL = """
import http.client, json, os, threading
def call(method, path, body=None, **headers):
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    headers = {key.replace("_", "-"): value for key, value in headers.items()}
    api.request(method, "/2020-01-01/extension/" + path, body, headers)
    response = api.getresponse()
    return response.status, response.headers, json.loads(response.read())
def register(*events):
    return call("POST", "register", json.dumps({"events": events}), Lambda_Extension_Name="inside")
"""


def test_an_internal_extension_registers_from_the_runtime(processes: Bench) -> None:
    function = processes.function(
        INTERNAL
        + """
seen = []
_, headers, _ = register("INVOKE")
def follow():
    while True:
        seen.append(call("GET", "event/next", Lambda_Extension_Identifier=headers["Lambda-Extension-Identifier"])[2])
threading.Thread(target=follow, daemon=True).start()
def handler(event, context):
    while not seen or seen[-1]["requestId"] != context.aws_request_id: pass
    return seen[-1]["eventType"]
"""
    )
    assert [result(processes.invoke(function)) for _ in range(2)] == ["INVOKE", "INVOKE"]
    assert log_line(processes, function) == "EXTENSION\tName: inside\tState: Ready\tEvents: [INVOKE]"


def test_an_internal_extension_cannot_register_for_the_end_nor_after_init(processes: Bench) -> None:
    function = processes.function(
        INTERNAL + "early = register('SHUTDOWN')\ndef handler(event, context):\n"
        "    late = register('INVOKE')\n    return [early[0], early[2], late[0], late[2]]"
    )
    assert result(processes.invoke(function)) == [
        403,
        {
            "errorMessage": "SHUTDOWN: ShutdownEventNotSupportedForInternalExtension",
            "errorType": "Extension.InvalidEventType",
        },
        403,
        {"errorMessage": "Extension registration closed already", "errorType": "Extension.RegistrationClosed"},
    ]


# The end ----------------------------------------------------------------------------------------------------------


def test_the_runtime_is_asked_to_end_before_the_extensions_are(
    processes: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    # This is about the order: a busy machine may take its time.
    monkeypatch.setattr(process, "_SHUTDOWN_S", 60)
    monkeypatch.setattr(process, "_RUNTIME_SHARE_S", 30)
    handler = """
import os, signal
def leave(*_):
    print("the runtime leaves")
    os._exit(0)
signal.signal(signal.SIGTERM, leave)
def handler(event, context): pass
"""
    # Up to python3.11, AWS's client waits for invocations in the main thread, where no handler of a signal runs then.
    function = with_extension(processes, TELLS_ALL, handler, runtime="python3.13")
    processes.invoke(function)
    processes.engine.forget(function.arn)
    lines = processes.log_of(function)
    assert "SHUTDOWN" in lines[lines.index("the runtime leaves") + 1]


def test_without_an_external_extension_the_runtime_is_not_asked(processes: Bench) -> None:
    handler = "import signal\nsignal.signal(signal.SIGTERM, lambda *_: print('asked'))\n" + ECHO
    function = processes.function(handler)
    processes.invoke(function)
    processes.engine.forget(function.arn)
    assert "asked" not in processes.log_of(function)


def test_a_runtime_that_does_not_end_has_300_ms_of_the_two_seconds(
    processes: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (process._SHUTDOWN_S, process._RUNTIME_SHARE_S) == (2, 0.3)
    monkeypatch.setattr(process, "_SHUTDOWN_S", 60)  # a busy machine may take its time for the rest
    handler = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + ECHO
    function = with_extension(processes, TELLS_ALL, handler)
    processes.invoke(function)
    began = time.time()
    processes.engine.forget(function.arn)
    took = time.time() - began
    assert 0.3 < took < 30
    end = said(processes, function)[-1]
    assert end["eventType"] == "SHUTDOWN"
    # The runtime's share is over when the extension is told, and is part of the whole.
    assert began * 1e3 - 1 <= end["deadlineMs"] - 60_000 <= (began + took - 0.3) * 1e3 + 1


def test_an_extension_that_does_not_end_is_killed_when_the_time_for_that_is_up(
    processes: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert process._SHUTDOWN_S == 2
    monkeypatch.setattr(process, "_SHUTDOWN_S", 0.5)
    stays = "say(str(os.getpid()))\nregister('SHUTDOWN')\ncall('GET', 'event/next')\nimport time\ntime.sleep(600)"
    function = with_extension(processes, stays)
    processes.invoke(function)
    with watching(int(said(processes, function)[0])) as pidfd:
        began = time.perf_counter()
        processes.engine.forget(function.arn)
        assert ended(pidfd)
    assert time.perf_counter() - began > 0.4


def test_a_timeout_is_told_to_the_extension(processes: Bench) -> None:
    function = with_extension(processes, TELLS_ALL, "def handler(event, context):\n    while True: pass", timeout_s=0.3)
    outcome = processes.invoke(function)
    assert error(outcome)["errorType"] == "Sandbox.Timedout"
    assert said(processes, function)[-1]["shutdownReason"] == "timeout"


def test_the_death_of_the_runtime_is_told_to_the_extension(processes: Bench) -> None:
    function = with_extension(processes, TELLS_ALL, "import os\ndef handler(event, context): os._exit(3)")
    outcome = processes.invoke(function)
    assert error(outcome)["errorType"] == "Runtime.ExitError"
    assert said(processes, function)[-1]["shutdownReason"] == "failure"


def test_a_lack_of_memory_is_told_to_the_extension(processes: Bench) -> None:
    function = with_extension(processes, TELLS_ALL, "def handler(event, context): len(bytearray(300 << 20))")
    outcome = processes.invoke(function)
    assert error(outcome)["errorType"] == "Runtime.OutOfMemory"
    assert said(processes, function)[-1]["shutdownReason"] == "failure"


# Failures ---------------------------------------------------------------------------------------------------------


def failure(outcome: Outcome, kind: str, message: str) -> None:
    """Assert how AWS reports that an extension failed an invocation."""
    assert error(outcome) == {
        "errorType": kind,
        "errorMessage": f"RequestId: {outcome.request_id} Error: {message}",
    }
    assert f"RequestId: {outcome.request_id} Error: {message}\n{kind}\n" in outcome.log
    assert report(outcome)["Error Type"] == kind


def test_an_extension_that_reports_a_failed_init_fails_the_invocation(processes: Bench) -> None:
    fails = """
register("INVOKE")
say(call("POST", "init/error", {}, Lambda_Extension_Function_Error_Type="Extension.NoConfiguration")["status"])
"""
    function = with_extension(processes, fails)
    outcome = processes.invoke(function)
    failure(outcome, "Extension.InitError", "exit code 0")
    assert said(processes, function)[0] == "OK"
    assert log_line(processes, function) == (
        "EXTENSION\tName: companion\tState: InitError\tEvents: [INVOKE]\tError Type: Extension.NoConfiguration"
    )
    assert re.search(
        r"INIT_REPORT .*Phase: init\tStatus: error\tError Type: Extension.InitError",
        "\n".join(processes.log_of(function)),
    )


def test_an_extension_that_reports_its_exit_fails_the_invocation(processes: Bench) -> None:
    fails = """
register("INVOKE")
call("GET", "event/next")
call("POST", "exit/error", {}, Lambda_Extension_Function_Error_Type="Extension.GaveUp")
sys.exit(1)
"""
    function = with_extension(
        processes, fails, "import time\ndef handler(event, context): time.sleep(600)", timeout_s=20
    )
    failure(processes.invoke(function), "Extension.ExitError", "exit status 1")


@pytest.mark.parametrize(
    ("death", "message"),
    [
        ("sys.exit(0)", "exit code 0"),
        ("sys.exit(7)", "exit status 7"),
        ("os.kill(os.getpid(), 9)", "signal: killed"),
    ],
)
def test_an_extension_that_crashes_fails_the_invocation(processes: Bench, death: str, message: str) -> None:
    fails = f"register('INVOKE')\ncall('GET', 'event/next')\n{death}"
    function = with_extension(
        processes, fails, "import time\ndef handler(event, context): time.sleep(600)", timeout_s=20
    )
    failure(processes.invoke(function), "Extension.Crash", message)
    assert len(processes.stopped(function)) == 1


def test_an_extension_that_ends_before_it_registers_fails_init(processes: Bench) -> None:
    failure(processes.invoke(with_extension(processes, "sys.exit(2)")), "Extension.Crash", "exit status 2")


def test_an_extension_that_may_not_be_executed_fails_init(processes: Bench) -> None:
    function = processes.function(ECHO, layers=(layer({"companion": TELLS_ALL}, mode=0o644),))
    failure(
        processes.invoke(function),
        "Extension.LaunchError",
        "fork/exec /opt/extensions/companion: permission denied",
    )
    assert log_line(processes, function) == (
        "EXTENSION\tName: companion\tState: LaunchError\tEvents: []\tError Type: PermissionDenied"
    )


def test_more_than_ten_extensions_are_too_many(processes: Bench) -> None:
    function = processes.function(ECHO, layers=(layer({f"e{n:02}": TELLS_ALL for n in range(11)}),))
    assert error(processes.invoke(function))["errorType"] == "Extension.LaunchError"
    lines = [line for line in processes.log_of(function) if line.startswith("EXTENSION\tName: e10")]
    assert lines[0].endswith("State: LaunchError\tEvents: []\tError Type: TooManyExtensions")


def test_an_extension_that_is_not_done_when_the_time_is_up_costs_the_environment_not_the_answer(
    processes: Bench,
) -> None:
    slow = """
register("INVOKE", "SHUTDOWN")
call("GET", "event/next")
import time
time.sleep(0.5)
say(json.dumps(call("GET", "event/next")))
"""
    function = with_extension(processes, slow, timeout_s=0.3)
    assert result(processes.invoke(function, "answer")) == "answer"
    assert len(processes.stopped(function)) == 1
    assert said(processes, function)[-1]["shutdownReason"] == "timeout"


def test_an_extension_reaches_no_other_machine_through_a_proxy(processes: Bench) -> None:
    """The lab's engine leads to the lab when it has one; this bench has none, so the variable is given by hand."""
    tells = "register()\nsay(os.environ['HTTPS_PROXY'], os.environ['no_proxy'])\ncall('GET', 'event/next')"
    environments = processes.engine._environments
    before = environments._variables  # type: ignore[attr-defined]
    environments._variables = lambda f: {**before(f), "_LAMBDALAB_PROXY": "http://127.0.0.1:9"}  # type: ignore[attr-defined]
    try:
        function = with_extension(processes, tells)
        processes.invoke(function)
    finally:
        environments._variables = before  # type: ignore[attr-defined]
    assert said(processes, function) == ["http://127.0.0.1:9 127.0.0.1,localhost,::1"]


def test_what_an_extension_prints_is_logged_before_the_environment_is_gone(processes: Bench) -> None:
    function = with_extension(processes, TELLS_ALL)
    processes.invoke(function)
    processes.engine.forget(function.arn)
    events = [event for event in processes.events if event.function.name == function.name]
    assert isinstance(events[-1], EnvironmentStopped)
    assert isinstance(events[-2], LogLine)
    assert "SHUTDOWN" in events[-2].message


KILLED_LAB = """
import sys
from tests.lambdalab.runtime.conftest import Bench, _engine
from tests.lambdalab.runtime.test_extensions import ECHO, with_extension
bench = Bench("process", _engine("process"))
tells = "print(os.getpid(), flush=True)\\nregister('INVOKE')\\nwhile True: call('GET', 'event/next')"
function = with_extension(bench, tells, "import os\\nprint(os.getpid())\\n" + ECHO)
bench.invoke(function)
print(*[line for line in bench.log_of(function) if line.isdigit()], flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="how environments notice a killed lab is Linux's")
def test_a_lab_that_is_killed_takes_extensions_with_it() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KILLED_LAB],
        cwd=Path(__file__).parents[3],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as lab:
        assert lab.stdout is not None
        extension, runtime = map(int, lab.stdout.readline().split())
        with watching(extension) as first, watching(runtime) as second:
            assert not ended(first, 0)
            assert not ended(second, 0)
            lab.send_signal(signal.SIGKILL)
            assert ended(first)
            assert ended(second)
