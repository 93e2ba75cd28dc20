"""The comparison of stored with fresh outputs: it passes what is true and fails what is not.

Each test makes a small notebook and lets the plugin run it in a kernel of its own.
"""

from __future__ import annotations

import textwrap
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

if TYPE_CHECKING:
    from pathlib import Path


def printed(text: str) -> list[Any]:
    return [new_output("stream", name="stdout", text=text)]


def cell(name: str, source: str, outputs: list[Any] | None = None, **metadata: Any) -> Any:
    return new_code_cell(source, id=name, outputs=outputs or [], metadata=metadata)


def said(text: str) -> list[Any]:
    return [new_output("execute_result", data={"text/plain": text}, metadata={}, execution_count=1)]


@pytest.fixture
def compare(pytester: pytest.Pytester) -> Any:
    """Run a notebook of these cells; return the outcome and pytest's output."""
    pytester.makeconftest("pytest_plugins = ['tests.notebooks.plugin']")
    pytester.makepyprojecttoml("[tool.pytest.ini_options]\nxfail_strict = true\n")

    def run(*cells: Any, arguments: tuple[str, ...] = ()) -> Any:
        for count, one in enumerate(cells, 1):
            one.execution_count = None if one.metadata.pop("never_run", False) else count
        folder = pytester.path / "notebooks"
        folder.mkdir()
        nbformat.write(new_notebook(cells=list(cells)), folder / "n.ipynb")
        return pytester.runpytest_inprocess("-v", "-p", "no:cacheprovider", "--color=no", *arguments)

    return run


def test_equal_outputs_pass_and_different_ones_fail_each_under_the_cells_id(compare: Any) -> None:
    result = compare(
        cell("same", "print('a')", printed("a\n")),
        cell("different", "print('a')", printed("b\n")),
        cell("silent", "x = 1"),
        cell("missing-output", "print('new')"),
        cell("output-gone", "y = 1", printed("old\n")),
    )
    result.stdout.fnmatch_lines(["*n.ipynb::same PASSED*", "*n.ipynb::different FAILED*", "*n.ipynb::silent PASSED*"])
    result.assert_outcomes(passed=2, failed=3)


def test_a_request_id_may_differ_and_the_rest_of_its_line_may_not(compare: Any) -> None:
    source = "import uuid; print('RequestId:', uuid.uuid4())"
    old = "8f5a1c1e-3a0b-4d2e-9c51-0123456789ab"
    result = compare(
        cell("same", source, printed(f"RequestId: {old}\n")), cell("other", source, printed(f"Id: {old}\n"))
    )
    result.assert_outcomes(passed=1, failed=1)


def test_a_cell_that_varies_is_run_but_not_compared(compare: Any) -> None:
    result = compare(
        cell("varies", "import random; print(random.random())", printed("0.5\n"), tags=["varies"], varies="random"),
        cell("broken", "1 / 0", printed("0.5\n"), tags=["varies"], varies="random"),
    )
    result.assert_outcomes(passed=1, failed=1)


def test_an_exception_is_compared_too(compare: Any) -> None:
    def error(text: str) -> list[Any]:
        return [new_output("error", ename="ValueError", evalue=text, traceback=[])]

    result = compare(
        cell("same", "raise ValueError('a')", error("a"), tags=["raises-exception"]),
        cell("other", "raise ValueError('a')", error("b"), tags=["raises-exception"]),
        cell("none", "pass", error("a"), tags=["raises-exception"]),
        cell("unexpected", "raise ValueError('a')", error("a")),
    )
    result.assert_outcomes(passed=1, failed=3)


def test_nbval_s_own_markers_switch_nothing_off(compare: Any) -> None:
    result = compare(
        cell("comment", "# NBVAL_IGNORE_OUTPUT\nprint('a')", printed("b\n")),
        cell("skip", "print('a')", printed("b\n"), tags=["nbval-skip"]),
    )
    result.assert_outcomes(failed=2)


def test_a_cell_that_was_never_run_fails(compare: Any) -> None:
    compare(cell("never", "print('a')", never_run=True)).assert_outcomes(failed=1)


def test_after_a_timeout_nothing_passes(compare: Any) -> None:
    result = compare(
        cell("slow", "import time; time.sleep(60)"),
        cell("after", "print('a')", printed("a\n")),
        cell("later", "x = 1"),
        arguments=("--nbval-cell-timeout=1",),
    )
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(["*Timeout of 1 seconds exceeded*", "*a cell above it timed out*"])


def test_a_notebook_works_in_a_folder_of_its_own_that_is_gone_afterwards(
    compare: Any, pytester: pytest.Pytester
) -> None:
    source = textwrap.dedent("""\
        from pathlib import Path
        Path("app.py").write_text("x")
        print(sorted(path.name for path in Path.cwd().iterdir()), Path.cwd().parent.name.startswith("notebook-"))
        """)
    compare(cell("write", source, printed("['app.py', 'n.ipynb'] True\n"))).assert_outcomes(passed=1)
    assert not (pytester.path / "notebooks" / "app.py").exists()


def test_the_persons_own_ipython_settings_are_not_used(
    compare: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = tmp_path / "profile_default"
    (profile / "startup").mkdir(parents=True)
    (profile / "startup" / "00.py").write_text("print('hello from my own settings')\nmine = 1")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    compare(cell("clean", "print('mine' in globals())", printed("False\n"))).assert_outcomes(passed=1)


def test_an_exercise_is_solved_on_the_way_and_its_check_is_asked_twice(
    compare: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`once` accepts the first answer only, `never` none; what follows a solution runs in the same kernel."""
    solutions = {"right": "k = 2", "once": "m = [1]", "never": "pass"}
    tasks = SimpleNamespace(
        **{name: SimpleNamespace(solution_source=lambda text=text: text) for name, text in solutions.items()}
    )
    monkeypatch.setattr("lambdalab.exercises.load", lambda chapter: tasks)
    says = "class Said(str):\n    __repr__ = str.__str__"
    result = compare(
        cell("start", f"{says}\nm = []"),
        cell("try-right", "k = 1", exercise="right"),
        cell("deploy", "n = k"),
        cell("check-right", "Said('Correct: yes' if n == 2 else 'Not yet: no')", said("Not yet: no"), check="right"),
        cell("after", "n", said("2")),
        cell("try-once", "pass", exercise="once"),
        cell(
            "check-once", "Said('Correct: yes' if m and m.pop() else 'Not yet: no')", said("Not yet: no"), check="once"
        ),
        cell("try-never", "pass", exercise="never"),
        cell("check-never", "Said('Not yet: no')", said("Not yet: no"), check="never"),
    )
    result.assert_outcomes(passed=10, failed=2)
    result.stdout.fnmatch_lines(["*n.ipynb::right-solved PASSED*"])
    result.stdout.fnmatch_lines(["*The check does not accept the solution: Not yet: no*"])
