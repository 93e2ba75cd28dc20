"""Which interpreter runs a Python function, and that another version than the lab's serves as well."""

from __future__ import annotations

import json
import os
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lambdalab.runtime import DeploymentPackage
from lambdalab.runtime.runtimes import interpreters
from lambdalab.runtime.runtimes.interpreters import Interpreter, matching, own
from lambdalab.runtime.runtimes.python import PythonRuntime
from tests.lambdalab.packages import zipped

from ..conftest import OWN_PYTHON, Bench, _engine
from ..outcomes import error, result

if TYPE_CHECKING:
    from collections.abc import Iterator


def pretend(path: Path, version: str, implementation: str = "CPython") -> None:
    """A program that answers as an interpreter of this version would."""
    path.parent.mkdir(parents=True, exist_ok=True)
    answer = json.dumps([str(path), implementation, version, "/stdlib"])
    path.write_text(f"#!/bin/sh\necho '{answer}'\n")
    path.chmod(0o755)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing on it."""
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.delenv("PYENV_ROOT", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()
    return tmp_path


def find(version: str) -> Interpreter:
    return matching.__wrapped__(version)


def test_the_labs_own_interpreter_runs_functions_of_its_version(home: Path) -> None:
    pretend(home / "bin" / "python3.99", "3.99.0")
    assert find(OWN_PYTHON.removeprefix("python")) == own()


def test_an_interpreter_on_the_path_is_taken(home: Path) -> None:
    pretend(home / "bin" / "python3.99", "3.99.1")
    assert find("3.99") == Interpreter(str(home / "bin" / "python3.99"), "CPython", "3.99.1", "/stdlib")


def test_else_pyenvs_newest(home: Path) -> None:
    for patch in ("2", "10", "9"):
        pretend(home / ".pyenv" / "versions" / f"3.99.{patch}" / "bin" / "python3.99", f"3.99.{patch}")
    assert find("3.99").version == "3.99.10"


def test_else_uvs(home: Path) -> None:
    folder = home / ".local/share/uv/python/cpython-3.99.4-linux-x86_64-gnu"
    pretend(folder / "bin" / "python3.99", "3.99.4")
    assert find("3.99").version == "3.99.4"


def test_a_shim_that_does_not_start_is_passed_over(home: Path) -> None:
    shim = home / "bin" / "python3.99"
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    pretend(home / ".pyenv" / "versions" / "3.99.0" / "bin" / "python3.99", "3.99.0")
    assert find("3.99").version == "3.99.0"


def test_a_program_of_another_version_than_its_name_is_passed_over(home: Path) -> None:
    pretend(home / "bin" / "python3.99", "3.12.1")
    assert find("3.99") == own()


def test_else_the_labs_own_and_it_says_so(home: Path) -> None:
    runtime = PythonRuntime("python3.99", find("3.99"))
    assert runtime.interpreter() == f"{own().implementation} {own().version}"
    assert runtime.command.__self__._interpreter.executable == sys.executable


def test_a_machine_is_asked_once_for_each_version(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(interpreters, "_candidates", lambda version: asked.append(version) or iter(()))
    matching.cache_clear()
    try:
        for _ in range(3):
            matching("3.99")
    finally:
        matching.cache_clear()
    assert asked == ["3.99"]


# Another interpreter ----------------------------------------------------------------------------------------------

OTHERS = [
    f"python3.{minor}"
    for minor in range(10, 15)
    if sys.version_info[1] != minor and matching(f"3.{minor}").minor == f"3.{minor}"
]
"""The runtimes that have an interpreter of their own here."""
if not OTHERS:  # not a skip: no machine must have two versions of Python
    warnings.warn("THE TESTS OF A SECOND PYTHON DO NOT RUN: this machine has only one", stacklevel=1)
    OTHERS = [OWN_PYTHON]


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    bench = Bench("process", _engine("process"))
    yield bench
    bench.engine.close()


@pytest.mark.parametrize("runtime", OTHERS)
class TestInAnotherInterpreter:
    def test_it_is_that_version_and_its_library(self, bench: Bench, runtime: str) -> None:
        source = """
            import json, sys
            def handler(event, context):
                return [f"python{sys.version_info[0]}.{sys.version_info[1]}", json.__file__]
        """
        assert result(bench.run(source, runtime=runtime, timeout_s=20)) == [
            runtime,
            f"/var/lang/lib/{runtime}/json/__init__.py",
        ]

    def test_boto3_is_there_and_nothing_of_that_interpreters_own(self, bench: Bench, runtime: str) -> None:
        source = """
            import boto3
            def handler(event, context):
                try:
                    import pip
                except ImportError as error:
                    return [boto3.__file__, str(error)]
        """
        # The first boto3 of a version on a machine is compiled: that takes a while.
        assert result(bench.run(source, runtime=runtime, timeout_s=60, memory_mb=512)) == [
            "/var/runtime/boto3/__init__.py",
            "No module named 'pip'",
        ]

    def test_its_traceback_is_awss(self, bench: Bench, runtime: str) -> None:
        document = error(bench.run("def handler(event, context):\n    return {}['key']", runtime=runtime))
        assert (document["errorType"], document["errorMessage"]) == ("KeyError", "'key'")
        assert document["stackTrace"][-1].startswith('  File "/var/task/app.py", line 2, in handler\n')

    def test_a_layer_of_its_version_is_found(self, bench: Bench, runtime: str) -> None:
        layer = DeploymentPackage(zipped({f"python/lib/{runtime}/site-packages/greeting.py": "WORD = 'hello'"}))
        source = "import greeting\ndef handler(event, context): return greeting.WORD"
        assert result(bench.run(source, runtime=runtime, layers=(layer,))) == "hello"


@pytest.mark.parametrize("runtime", [OWN_PYTHON, "python3.13"])
def test_no_bytecode_appears_beside_the_functions_code(bench: Bench, runtime: str) -> None:
    files = {
        "app.py": "import os, part\ndef handler(event, context): return sorted(os.listdir('.'))",
        "part.py": "",
    }
    function = bench.function(files, runtime=runtime)
    assert result(bench.invoke(function)) == ["app.py", "part.py"]


def test_no_variable_of_the_labs_own_reaches_the_function(bench: Bench) -> None:
    source = "import os\ndef handler(event, context): return [n for n in os.environ if n.startswith('PYTHON')]"
    assert result(bench.run(source)) == ["PYTHONPATH"]
    assert "PYTHONPATH" not in os.environ
