"""The function that the page shows in three languages: each says the same, run by the lab.

Java is not run by any cell, because not every machine has a JDK. It is run here, where there is one
(tests/lambdalab/runtime/runtimes/test_runtimes.py warns loudly where there is none).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from lambdalab.runtime.runtimes.java import find_jdk
from tests.lambdalab.runtime.conftest import Bench, _engine
from tests.samples.chapter import Chapter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOLDER = Chapter("concepts/function").folder / "languages"
HANDLERS = {
    "python3.13": ("app.py", "app.handler"),
    "nodejs24.x": ("index.mjs", "index.handler"),
}


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    bench = Bench("process", _engine("process"))
    yield bench
    bench.engine.close()


def answered(bench: Bench, files: Any, **settings: Any) -> Any:
    """The result of a function that has also written its name and the time that is left to its log."""
    function = bench.function(files, memory_mb=256, timeout_s=20, **settings)
    outcome = bench.invoke(function, {"name": "Ada"})
    assert not outcome.error, outcome.payload
    assert re.search(rf"\b{function.name}: (20000|1\d{{4}}) ms left$", outcome.log, re.MULTILINE)
    return json.loads(outcome.payload)


@pytest.mark.parametrize("runtime", HANDLERS)
def test_a_script_greets(bench: Bench, runtime: str) -> None:
    file, handler = HANDLERS[runtime]
    result = answered(bench, {file: (FOLDER / file).read_text()}, runtime=runtime, handler=handler)
    assert result == {"message": "Hello, Ada!"}


if find_jdk(17):  # else nothing: no machine must have one

    @pytest.mark.parametrize("handler", ["example.Hello::handleRequest", "example.Hello"])
    def test_java_greets_under_both_forms_of_its_handlers_name(bench: Bench, handler: str, tmp_path: Path) -> None:
        jdk = find_jdk(17)
        assert jdk is not None
        jdk.compile([FOLDER / "Hello.java"], tmp_path)
        files = {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.rglob("*.class")}
        result = answered(bench, files, runtime="java17", handler=handler)
        assert result == {"message": "Hello, Ada!"}
