"""No skip is silent, and in CI no skip is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

TESTS = """
import pytest

def test_runs():
    pass

@pytest.mark.skip(reason="there is no browser")
def test_browser():
    pass

def test_network():
    pytest.skip("there is no network")
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.delenv("CI", raising=False)
    pytester.makeconftest((ROOT / "tests" / "loud_skips.py").read_text())
    pytester.makepyfile(test_some=TESTS, test_module="import pytest\npytest.importorskip('no_such_module_at_all')")
    return pytester


def names_each_skip(result: pytest.RunResult) -> None:
    result.stdout.fnmatch_lines_random(
        [
            "SKIPPED: test_some.py::test_browser because there is no browser",
            "SKIPPED: test_some.py::test_network because there is no network",
            "SKIPPED: test_module.py because could not import 'no_such_module_at_all'*",
        ]
    )


def test_each_skip_is_named_with_its_reason(suite: pytest.Pytester) -> None:
    result = suite.runpytest_inprocess()
    names_each_skip(result)
    assert result.ret == pytest.ExitCode.OK


def test_in_ci_a_skip_fails_the_run(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    result = suite.runpytest_inprocess()
    names_each_skip(result)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["In CI every test must run: the run fails."])


def test_in_ci_a_skip_in_another_process_fails_the_run_too(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    result = suite.runpytest_subprocess("-p", "xdist", "-n", "1")
    names_each_skip(result)
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_in_ci_a_run_without_skips_passes(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    result = suite.runpytest_inprocess("-k", "test_runs", "test_some.py")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.no_fnmatch_line("*SKIPPED*")
