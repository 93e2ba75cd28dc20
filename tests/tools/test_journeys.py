"""What a journey counts: calls into files of the lab and visits to moto, in all threads, and nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tools.journeys import __main__ as journeys
from tools.journeys.journey import Journey
from tools.journeys.recorder import Call, Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]


def journey(places: str) -> Journey:
    return Journey("a walk", [Call(place, "f") for place in places.split()])


class TestNumbers:
    def test_a_change_is_a_call_in_another_file_than_the_one_before(self) -> None:
        assert journey("a a b a a").changes == 2
        assert journey("a").changes == journey("").changes == 0

    def test_moto_is_a_place_but_none_of_the_labs_files(self) -> None:
        walked = journey("a moto moto b moto")
        assert (walked.files, walked.changes, walked.visits_to_moto) == (["a", "b"], 3, 2)

    def test_files_stand_in_the_order_in_which_they_come(self) -> None:
        assert journey("z a moto z b").files == ["z", "a", "b"]

    def test_details_name_the_functions_and_the_busiest_first(self) -> None:
        walked = Journey("a walk", [Call("a.py", "one"), Call("moto", "x"), Call("a.py", "two"), Call("a.py", "two")])
        assert list(walked.details()) == ["      3  a.py  two 2, one 1", "      1  moto"]

    def test_the_summary_has_all_numbers(self) -> None:
        numbers = re.findall(r"\d+", journey("a moto b b").summary())
        assert numbers == ["2", "2", "1", "4"]


def load(file: Path, source: str) -> dict[str, Any]:
    """A module that stands in a file, without the import system."""
    file.parent.mkdir(parents=True, exist_ok=True)
    namespace: dict[str, Any] = {}
    exec(compile(source, str(file), "exec"), namespace)
    return namespace


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    recorder = Recorder(tmp_path / "lab", {"moto": tmp_path / "moto"})
    before = sys.getprofile(), threading.getprofile()
    with recorder.installed():
        yield recorder
    assert (sys.getprofile(), threading.getprofile()) == before


class TestRecorder:
    def test_calls_are_written_down_in_their_order_by_file_and_function(
        self, recorder: Recorder, tmp_path: Path
    ) -> None:
        put = load(tmp_path / "moto/sqs/models.py", "class Queue:\n    def put(self): pass")["Queue"]().put
        send = load(tmp_path / "lab/deep/queue.py", "def send(put):\n    put()\n    return len('x')")["send"]
        with recorder.recording() as calls:
            send(put)
        assert calls == [Call("deep/queue.py", "send"), Call("moto", "Queue.put")]

    def test_what_comes_before_and_after_and_from_elsewhere_is_not(self, recorder: Recorder, tmp_path: Path) -> None:
        ours = load(tmp_path / "lab/a.py", "def a(): pass")["a"]
        others = load(tmp_path / "labour/a.py", "def a(): pass")["a"]
        ours()
        with recorder.recording() as calls:
            others()
        ours()
        assert calls == []

    def test_threads_that_began_since_are_watched(self, recorder: Recorder, tmp_path: Path) -> None:
        begun, go = threading.Event(), threading.Event()
        ours = load(tmp_path / "lab/a.py", "def a(): pass")["a"]
        early = threading.Thread(target=_when(begun, go, ours))
        early.start()
        begun.wait()
        with recorder.recording() as calls:
            go.set()
            late = threading.Thread(target=ours)
            late.start()
            late.join()
            early.join()
        assert calls == [Call("a.py", "a")] * 2


def _when(begun: threading.Event, go: threading.Event, function: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        begun.set()
        go.wait()
        function()

    return run


class TestCommand:
    def test_an_unknown_journey_is_refused_with_those_that_there_are(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            journeys.main(["by-train"])
        assert "there is no journey by-train; there are invoke, sqs, http-api" in capsys.readouterr().err

    def test_the_three_journeys_reach_the_engine_and_come_back(self) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "tools.journeys", "--verbose"],
            cwd=ROOT, capture_output=True, text=True, timeout=200, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        blocks = re.split(r"^(?=\S)", done.stdout, flags=re.MULTILINE)[1:]
        assert [block.split("  ")[0] for block in blocks] == ["Invoke", "SQS message", "HTTP API request"]
        for block in blocks:
            files = re.findall(r"^ +(\d+)  (\S+\.py)  ", block, re.MULTILINE)
            assert {"runtime/engine.py", "runtime/environment.py", "monitoring/logs.py"} <= {file for _, file in files}
            told = [int(number) for number in re.findall(r"\d+", block.splitlines()[0])]
            assert told[0] == len(files)
            assert told[1] > len(files)
            assert sum(int(count) for count, _ in files) < told[3]  # the rest is moto's
