"""Layers in execution environments of each kind: what is in /opt, in which order, and who looks there."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from lambdalab.runtime import DeploymentPackage
from lambdalab.runtime.layers import java_path, merge, node_path
from tests.lambdalab.packages import zipped

from .outcomes import error, result

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Bench


def layer(files: dict[str, str]) -> DeploymentPackage:
    return DeploymentPackage(zipped(dict(files)))


def program(name: str, source: str) -> DeploymentPackage:
    """A layer with one executable file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = 0o100755 << 16
        archive.writestr(entry, source)
    return DeploymentPackage(buffer.getvalue())


GREETS = "import greeting\ndef handler(event, context): return greeting.TEXT"


def test_a_function_imports_from_the_python_folder_of_its_layers(bench: Bench) -> None:
    layers = (layer({"python/greeting.py": "TEXT = 'hello'"}),)
    assert result(bench.run(GREETS, layers=layers)) == "hello"


def test_a_function_imports_from_the_site_packages_of_its_runtime(bench: Bench) -> None:
    files = {
        "python/lib/python3.12/site-packages/greeting.py": "TEXT = 'three twelve'",
        "python/lib/python3.13/site-packages/greeting.py": "TEXT = 'three thirteen'",
    }
    assert result(bench.run(GREETS, layers=(layer(files),), runtime="python3.13")) == "three thirteen"


def test_site_packages_come_before_the_python_folder_and_the_function_before_both(bench: Bench) -> None:
    files = {
        "python/lib/python3.13/site-packages/greeting.py": "TEXT = 'site-packages'",
        "python/greeting.py": "TEXT = 'python'",
    }
    layers = (layer(files),)
    assert result(bench.run(GREETS, layers=layers, runtime="python3.13")) == "site-packages"
    own = {"app.py": GREETS, "greeting.py": "TEXT = 'own'"}
    assert result(bench.run(own, layers=layers, runtime="python3.13")) == "own"


def test_a_layer_comes_before_what_the_runtime_brings(bench: Bench) -> None:
    source = "import jmespath\ndef handler(event, context): return jmespath.__version__"
    assert result(bench.run(source, layers=(layer({"python/jmespath.py": "__version__ = 'mine'"}),))) == "mine"


def test_of_two_layers_with_the_same_file_the_later_wins(bench: Bench) -> None:
    one, two = layer({"python/greeting.py": "TEXT = 1"}), layer({"python/greeting.py": "TEXT = 2"})
    assert result(bench.run(GREETS, layers=(one, two))) == 2
    assert result(bench.run(GREETS, layers=(two, one))) == 1


def test_layers_are_merged_file_by_file(bench: Bench) -> None:
    one = layer({"python/shared/__init__.py": "", "python/shared/a.py": "A = 1", "python/shared/b.py": "B = 1"})
    two = layer({"python/shared/b.py": "B = 2", "python/shared/c.py": "C = 2"})
    source = "from shared import a, b, c\ndef handler(event, context): return [a.A, b.B, c.C]"
    assert result(bench.run(source, layers=(one, two))) == [1, 2, 2]


def test_functions_with_different_layers_do_not_see_each_others(bench: Bench) -> None:
    with_layer = bench.function(GREETS, layers=(layer({"python/greeting.py": "TEXT = 'seen'"}),))
    without = bench.function(GREETS)
    assert result(bench.invoke(with_layer)) == "seen"
    assert error(bench.invoke(without))["errorType"] == "Runtime.ImportModuleError"
    assert result(bench.invoke(with_layer)) == "seen"


def test_functions_with_the_same_layer_have_a_module_of_it_each(bench: Bench) -> None:
    layers = (layer({"python/tally.py": "count = 0"}),)
    source = "import tally\ndef handler(event, context):\n    tally.count += 1\n    return tally.count"
    one, two = bench.function(source, layers=layers), bench.function(source, layers=layers)
    assert [result(bench.invoke(function)) for function in (one, one, two, one)] == [1, 2, 1, 3]


def test_paths_in_a_layer_read_as_on_aws(bench: Bench) -> None:
    layers = (layer({"python/greeting.py": "def fail():\n    raise ValueError(__file__)"}),)
    outcome = bench.run("import greeting\ndef handler(event, context): greeting.fail()", layers=layers)
    document = error(outcome)
    assert document["errorMessage"] == "/opt/python/greeting.py"
    assert '  File "/opt/python/greeting.py", line 2, in fail\n' in "".join(document["stackTrace"])


def test_the_order_of_the_search_path_is_awss(processes: Bench) -> None:
    outcome = processes.run(
        "import sys\ndef handler(event, context): return sys.path[:4]", layers=(layer({"python/a.py": ""}),)
    )
    minor = f"python{sys.version_info.major}.{sys.version_info.minor}"
    assert result(outcome) == [
        "/var/task",
        f"/opt/python/lib/{minor}/site-packages",
        "/opt/python",
        "/var/runtime",
    ]


def test_a_program_in_the_bin_folder_is_found(processes: Bench) -> None:
    source = "import subprocess\ndef handler(event, context): return subprocess.check_output(['greet'], text=True)"
    assert result(processes.run(source, layers=(program("bin/greet", "#!/bin/sh\necho hello"),))) == "hello\n"


def test_the_runtimes_interpreter_is_on_the_path(processes: Bench) -> None:
    source = """
        import shutil, subprocess
        def handler(event, context):
            subprocess.run(["tell"], check=True)
            return shutil.which("python3")
        """
    tell = program("bin/tell", "#!/usr/bin/env python3\nimport sys\nprint(sys.executable)")
    outcome = processes.run(source, layers=(tell,))
    assert result(outcome) == "/var/lang/bin/python3"
    assert "/var/lang/bin/python3" in outcome.log


def test_the_lib_folder_is_where_the_loader_looks(processes: Bench) -> None:
    source = "import os\ndef handler(event, context): return os.environ['LD_LIBRARY_PATH'].split(':')"
    assert result(processes.run(source)) == ["/var/task", "/var/task/lib", "/opt/lib"]


def test_other_layers_of_a_function_mean_other_environments(bench: Bench) -> None:
    one, two = layer({"python/greeting.py": "TEXT = 1"}), layer({"python/greeting.py": "TEXT = 2"})
    before = bench.function(GREETS, name="changing", layers=(one,))
    after = bench.function(GREETS, name="changing", layers=(two,))
    assert [result(bench.invoke(before)), result(bench.invoke(after))] == [1, 2]
    assert [stopped.reason for stopped in bench.stopped(before)] == ["the function was updated"]


@pytest.mark.parametrize("first_is_a_folder", [True, False])
def test_a_file_may_take_the_place_of_a_folder_and_the_other_way_round(tmp_path: Path, first_is_a_folder: bool) -> None:
    file, folder = layer({"thing": "file"}), layer({"thing/inside": "folder"})
    merge((folder, file) if first_is_a_folder else (file, folder), tmp_path)
    found = tmp_path / "thing" if first_is_a_folder else tmp_path / "thing" / "inside"
    assert found.read_text() == ("file" if first_is_a_folder else "folder")


def test_nothing_but_the_layers_files_is_left_of_a_merge(tmp_path: Path) -> None:
    opt = tmp_path / "opt"
    opt.mkdir()
    merge((layer({"a": "1"}), layer({"b/c": "2"})), opt)
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")) == [
        "opt",
        "opt/a",
        "opt/b",
        "opt/b/c",
    ]


def test_other_runtimes_look_where_aws_has_them_look(tmp_path: Path) -> None:
    assert node_path(tmp_path, "nodejs22.x") == [
        f"{tmp_path}/nodejs/node22/node_modules",
        f"{tmp_path}/nodejs/node_modules",
    ]
    assert java_path(tmp_path) == [f"{tmp_path}/java/lib/*"]


@pytest.mark.parametrize("bench", ["inline"], indirect=True)
def test_in_the_page_an_extension_is_not_started_and_the_log_says_so(bench: Bench) -> None:
    layers = (program("extensions/companion", "#!/bin/sh"),)
    function = bench.function("def handler(event, context): return event", layers=layers)
    assert result(bench.invoke(function, "works")) == "works"
    said: list[Any] = [line for line in bench.log_of(function) if "the extension companion was not started" in line]
    assert len(said) == 1
    assert "Run this notebook in Jupyter" in json.dumps(said)
