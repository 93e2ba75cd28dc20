"""What holds for a function in every language: one table, and each runtime that the lab has goes through it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .. import sources
from ..conftest import OWN_PYTHON, Bench, _engine
from ..outcomes import error, lines, report, result
from ..watching import ended, state_of, wait_until, watching

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lambdalab.runtime import Function

    from ..sources import Language

MAKERS: dict[str, Callable[[str], Language]] = {
    OWN_PYTHON: sources.python,
    "python3.13": sources.python,  # by another interpreter, where the machine has it
    "nodejs22.x": sources.node,
    "nodejs24.x": sources.node,
    "provided.al2023": sources.provided,
}
if sources.jdk_is_here():
    MAKERS["java17"] = sources.java
else:
    warnings.warn("THE TESTS OF JAVA DO NOT RUN: this machine has no JDK", stacklevel=1)


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    bench = Bench("process", _engine("process"))
    yield bench
    bench.engine.close()


@pytest.fixture(scope="module", params=list(MAKERS))
def language(request: pytest.FixtureRequest) -> Language:
    return MAKERS[request.param](request.param)


@pytest.fixture
def make(bench: Bench, language: Language) -> Callable[..., Function]:
    def make_function(handler: str, files: Any = None, **settings: Any) -> Function:
        settings = {"timeout_s": 20, **language.settings, **settings}
        return bench.function(
            language.files if files is None else files,
            language.handler.format(handler),
            runtime=language.runtime,
            **settings,
        )

    return make_function


def test_the_result_comes_back(bench: Bench, make: Callable[..., Function]) -> None:
    assert result(bench.invoke(make("greet"), {"name": "Ada ✓"})) == {"hello": "Ada ✓"}


def test_the_log_holds_what_the_handler_printed_between_start_and_end(
    bench: Bench, make: Callable[..., Function]
) -> None:
    outcome = bench.invoke(make("greet"), {"name": "Ada"})
    log = outcome.log.splitlines()
    assert log[0] == f"START RequestId: {outcome.request_id} Version: $LATEST"
    (line,) = lines(outcome)
    assert outcome.request_id in line
    assert re.search(r'\{"name": ?"Ada"\}', line)
    assert log[-2] == f"END RequestId: {outcome.request_id}"
    assert report(outcome)["Billed Duration"]


def test_an_error_has_its_type_its_message_and_its_stack_in_aws_paths(
    bench: Bench, make: Callable[..., Function], language: Language
) -> None:
    outcome = bench.invoke(make("fail"))
    document = error(outcome)
    assert (document["errorType"], document["errorMessage"]) == (language.error_type, "no")
    assert outcome.error_type == language.error_type
    assert isinstance(document[language.stack], list)
    assert "lambdalab" not in outcome.payload.decode() + outcome.log


def test_an_environment_survives_an_error(bench: Bench, make: Callable[..., Function]) -> None:
    function = make("fail")
    for _ in range(2):
        assert error(bench.invoke(function))["errorMessage"] == "no"
    assert len(bench.started(function)) == 1


def test_a_missing_handler_is_said(bench: Bench, make: Callable[..., Function], language: Language) -> None:
    document = error(bench.invoke(make("nobody")))
    assert (document.get("errorType", ""), document["errorMessage"]) == language.no_handler


def test_a_failed_init_is_tried_again_and_reported(
    bench: Bench, make: Callable[..., Function], language: Language
) -> None:
    function = make("greet", language.broken)
    outcome = bench.invoke(function, "x")
    assert error(outcome)["errorType"] == outcome.error_type == language.broken_type
    reports = [line for line in bench.log_of(function) if line.startswith("INIT_REPORT")]
    assert [re.sub(r"[\d.]+ ms", "N ms", line) for line in reports] == [
        f"INIT_REPORT Init Duration: N ms\tPhase: {phase}\tStatus: error\tError Type: {language.broken_type}"
        for phase in ("init", "invoke")
    ]


def test_an_environment_is_reused_while_it_is_warm(bench: Bench, make: Callable[..., Function]) -> None:
    function = make("count")
    outcomes = [bench.invoke(function) for _ in range(3)]
    assert [result(outcome) for outcome in outcomes] == [1, 2, 3]
    assert [outcome.init_ms is not None for outcome in outcomes] == [True, False, False]


def test_an_environment_is_frozen_between_invocations(bench: Bench, make: Callable[..., Function]) -> None:
    function = make("pid")
    pid = result(bench.invoke(function))
    wait_until(lambda: state_of(pid) == "T")
    assert result(bench.invoke(function)) == pid


def test_a_handler_that_takes_too_long_is_ended(bench: Bench, make: Callable[..., Function]) -> None:
    outcome = bench.invoke(make("loop", timeout_s=0.5))
    assert error(outcome) == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {outcome.request_id} Error: Task timed out after 0.50 seconds",
    }


def test_a_runtime_that_exits_is_said_with_its_status(bench: Bench, make: Callable[..., Function]) -> None:
    outcome = bench.invoke(make("leave"))
    assert error(outcome) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {outcome.request_id} Error: Runtime exited with error: exit status 3",
    }


def test_environment_variables_are_lambdas_and_the_functions_own(
    bench: Bench, make: Callable[..., Function], language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_SHELL", "x")
    function = make("show", environment={"TABLE": "orders"})
    names = ["TABLE", "AWS_EXECUTION_ENV", "LAMBDA_TASK_ROOT", "AWS_LAMBDA_FUNCTION_NAME", "SECRET_OF_THE_SHELL"]
    assert result(bench.invoke(function, names)) == {
        "TABLE": "orders",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{language.runtime}",
        "LAMBDA_TASK_ROOT": "/var/task",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "SECRET_OF_THE_SHELL": None,
    }


def test_init_start_names_the_runtime_and_what_runs_it(bench: Bench, make: Callable[..., Function]) -> None:
    function = make("greet")
    bench.invoke(function, {"name": "Ada"})
    assert re.fullmatch(
        rf"INIT_START Runtime Version: {re.escape(function.runtime)} \(lab: [^)]+\)\tRuntime Version ARN: .*",
        bench.log_of(function)[0],
    )


KILLED_LAB = """
    import json, sys
    from tests.lambdalab.runtime.runtimes import test_runtimes
    from tests.lambdalab.runtime.conftest import Bench, _engine
    bench = Bench("process", _engine("process"))
    language = test_runtimes.MAKERS[sys.argv[1]](sys.argv[1])
    settings = dict(runtime=language.runtime, timeout_s=600, **language.settings)
    print(bench.invoke(bench.function(language.files, language.handler.format("pid"), **settings)).payload.decode())
    bench.engine.subscribe(lambda event: type(event).__name__ == "InvocationStarted" and print("runs", flush=True))
    bench.invoke(bench.function(language.files, language.handler.format("loop"), **settings))
"""


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.skipif(sys.platform != "linux", reason="how environments notice a killed lab is Linux's")
def test_a_killed_lab_takes_its_environments_with_it(language: Language, tmp_path: Path) -> None:
    """One is frozen, one runs an endless loop; neither can be ended by a lab that is no more."""
    lab = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(KILLED_LAB), language.runtime],
        cwd=Path(__file__).parents[4],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert lab.stdout is not None
        frozen = json.loads(lab.stdout.readline())
        assert lab.stdout.readline() == "runs\n"
        (running,) = {child for child in children_of(lab.pid) if child != frozen}
        with contextlib.ExitStack() as stack:
            watched = [stack.enter_context(watching(pid)) for pid in (frozen, running)]
            assert not any(ended(each, 0) for each in watched)
            lab.send_signal(signal.SIGKILL)
            lab.wait()
            assert all(ended(each) for each in watched)
    finally:
        lab.kill()
        lab.communicate()
