"""What processes write becomes records of the log: whole lines, whole records, in order."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from lambdalab.runtime import Level
from lambdalab.runtime.environment import LINE_LIMIT
from lambdalab.runtime.logs.output import Output
from lambdalab.runtime.processes.memory import Memory

PRINTED, INFO = 0, 0xA55A0000 | Level.INFO << 2


def frame(kind: int, message: bytes) -> bytes:
    return kind.to_bytes(4, "big") + len(message).to_bytes(4, "big") + bytes(8) + message


class Log:
    def __init__(self) -> None:
        self.records: list[tuple[bytes, Level | None]] = []
        self.of_extensions: list[bytes] = []
        self.output = Output(lambda message, level: self.records.append((message, level)), self.of_extensions.append)


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_frames_may_come_in_any_pieces(size: int) -> None:
    log = Log()
    data = frame(PRINTED, b"one\ntw") + frame(PRINTED, b"o\n") + frame(INFO, b"a record\nof two lines\n")
    for start in range(0, len(data), size):
        log.output.telemetry(data[start : start + size])
    assert log.records == [(b"one", None), (b"two", None), (b"a record\nof two lines", Level.INFO)]


def test_a_line_that_has_begun_stands_before_the_record_that_follows() -> None:
    log = Log()
    log.output.telemetry(frame(PRINTED, b"begun") + frame(INFO, b"then"))
    assert [message for message, _ in log.records] == [b"begun", b"then"]


def test_what_is_printed_past_the_runtime_client_joins_the_line() -> None:
    log = Log()
    log.output.telemetry(frame(PRINTED, b"from Python, "))
    log.output.stdout(b"from C\n")
    assert log.records == [(b"from Python, from C", None)]


def test_a_last_line_needs_no_newline_and_is_told_once() -> None:
    log = Log()
    log.output.stdout(b"the end")
    assert log.records == []
    log.output.flush()
    log.output.flush()
    assert log.records == [(b"the end", None)]


def test_a_line_that_does_not_end_is_cut() -> None:
    log = Log()
    log.output.stdout(b"x" * LINE_LIMIT)
    assert log.records == [(b"x" * LINE_LIMIT, None)]


def test_an_extensions_lines_are_its_own_and_end_with_it() -> None:
    log = Log()
    log.output.stdout(b"the function has be")
    log.output.extensions(b"ready\nlast wo")
    log.output.extensions(b"rds")
    log.output.extensions(b"")
    log.output.stdout(b"gun\n")
    assert log.of_extensions == [b"ready", b"last words"]
    assert log.records == [(b"the function has begun", None)]


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_the_peak_is_that_of_all_processes_and_stays_when_they_are_gone() -> None:
    memory = Memory()
    assert memory.peak_mb == 0
    memory.watch(os.getpid())
    memory.look()
    alone = memory.peak_mb
    assert alone > 1
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        memory.watch(other.pid)
        assert other.stdin is not None
        assert other.stdout is not None
        other.stdin.write(b"x")
        other.stdin.flush()
        assert other.stdout.read(1) == b"x"  # it runs
        memory.look()
        together = memory.peak_mb
        assert together > alone
        other.stdin.close()
    memory.look()
    memory.close()
    assert memory.peak_mb >= together


def test_of_a_process_that_is_not_there_nothing_is_known() -> None:
    memory = Memory()
    memory.watch(2**22 + 1)
    memory.look()
    assert memory.peak_mb == 0
