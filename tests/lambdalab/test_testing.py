"""The pytest plugin, in projects of its own."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    import pytest

    from lambdalab import Lab

ALONE = ("-p", "no:cacheprovider", "-p", "no:xdist")


def run(pytester: pytest.Pytester, source: str, *, passed: int, **files: str) -> pytest.RunResult:
    pytester.makepyfile(test_it=source, **files)
    result = pytester.runpytest_subprocess(*ALONE)
    result.assert_outcomes(passed=passed)
    return result


def test_a_run_that_does_not_ask_for_the_lab_imports_nothing_of_it(pytester: pytest.Pytester) -> None:
    run(
        pytester,
        """
        import sys
        def test_nothing_is_there():
            mine = {name for name in sys.modules if name.split(".")[0] in ("lambdalab", "moto", "boto3", "werkzeug")}
            assert mine == {"lambdalab", "lambdalab.testing"}
        """,
        passed=1,
    )


def test_the_lab_is_in_charge_only_while_a_test_with_it_runs(pytester: pytest.Pytester) -> None:
    run(
        pytester,
        """
        import os, sys
        os.environ["AWS_PROFILE"] = "mine"
        os.environ.pop("AWS_ENDPOINT_URL", None)
        before = dict(os.environ)

        def guarded():
            return sys.modules["lambdalab.runtime.python._lambdalab_guard"]._on

        def test_before():
            assert "AWS_ENDPOINT_URL" not in os.environ

        def test_with(lab):
            assert os.environ["AWS_ENDPOINT_URL"] == lab.endpoint_url
            assert "AWS_PROFILE" not in os.environ
            assert guarded()

        def test_after():
            here = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
            assert here == {name: value for name, value in before.items() if name != "PYTEST_CURRENT_TEST"}
            assert not guarded()

        def test_again(lab):
            assert os.environ["AWS_ENDPOINT_URL"] == lab.endpoint_url
        """,
        passed=4,
    )


def test_each_test_gets_an_empty_account_of_one_lab(pytester: pytest.Pytester) -> None:
    run(
        pytester,
        """
        import boto3, pytest
        seen = set()
        @pytest.mark.parametrize("number", range(3))
        def test_it_is_empty(lab, number):
            s3 = boto3.client("s3")
            assert s3.list_buckets()["Buckets"] == []
            s3.create_bucket(Bucket="bucket")
            seen.add(lab.endpoint_url)
            assert len(seen) == 1
        """,
        passed=3,
    )


def test_a_function_is_made_in_one_line_and_called_like_one(pytester: pytest.Pytester) -> None:
    pytester.mkdir("src")
    (pytester.path / "src" / "greet.py").write_text(
        "import helper\ndef handler(event, context): return helper.greet(event)\n"
    )
    (pytester.path / "src" / "helper.py").write_text("def greet(name): return f'Hello, {name}!'\n")
    run(
        pytester,
        """
        import os, pytest
        from lambdalab.testing import FunctionError

        def test_files(lab_function, monkeypatch, tmp_path):
            monkeypatch.chdir(tmp_path)
            greet = lab_function("src/greet.py", "src/helper.py", MemorySize=256)
            assert greet("Ada") == "Hello, Ada!"
            assert (greet.name, greet.arn.rpartition(":")[2]) == ("greet", "greet")

        def test_a_folder(lab_function):
            assert lab_function("src", handler="greet.handler", name="it")("Ada") == "Hello, Ada!"

        def test_an_error(lab_function):
            with pytest.raises(FunctionError, match="ImportModuleError") as caught:
                lab_function("src/greet.py")("Ada")
            assert caught.value.error_type == "Runtime.ImportModuleError"
            assert "REPORT RequestId" in caught.value.log
        """,
        passed=3,
    )


def test_a_lab_that_the_project_started_goes_on(pytester: pytest.Pytester) -> None:
    run(
        pytester,
        """
        import os, lambdalab, pytest

        @pytest.fixture(scope="session", autouse=True)
        def own():
            with lambdalab.start() as lab:
                yield lab

        def test_it_is_the_same(lab, own):
            assert lab is own

        def test_it_is_in_charge_still(own):
            assert os.environ["AWS_ENDPOINT_URL"] == own.endpoint_url
        """,
        passed=2,
    )


def test_a_reset_takes_milliseconds(create: Callable[..., Any], lab: Lab) -> None:
    took = []
    for _ in range(9):
        create("def handler(event, context): return event")
        began = time.perf_counter()
        lab.reset()
        took.append(time.perf_counter() - began)
    # Some 3 ms on an idle machine; a shared one may take a few times as long.
    assert statistics.median(took) < 0.1
