"""The lines that Lambda writes, given the numbers."""

from __future__ import annotations

import pytest

from lambdalab.runtime.logs import report


@pytest.mark.parametrize(
    ("duration", "init", "billed"),
    [(0.2, None, 1), (1.0, None, 1), (1.01, None, 2), (0.4, 0.4, 1), (10.6, 100.6, 112), (0.0, None, 1)],
)
def test_duration_and_init_are_billed_together_rounded_up(duration: float, init: float | None, billed: int) -> None:
    assert report.billed(duration, init) == billed


def test_the_report_line_is_separated_by_tabs_and_ends_in_one() -> None:
    line = report.report("id", duration_ms=1.234, billed_ms=102, memory_mb=128, max_memory_mb=40, init_ms=100.5)
    assert line == (
        "REPORT RequestId: id\tDuration: 1.23 ms\tBilled Duration: 102 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 40 MB\tInit Duration: 100.50 ms\t"
    )


def test_a_failed_invocation_says_how() -> None:
    line = report.report(
        "id", duration_ms=3000, billed_ms=3000, memory_mb=128, max_memory_mb=1, status="error", error_type="Runtime.X"
    )
    assert line.endswith("Max Memory Used: 1 MB\tStatus: error\tError Type: Runtime.X\t")


def test_init_report_names_phase_and_status() -> None:
    assert report.init_report(1, "init", "E") == (
        "INIT_REPORT Init Duration: 1.00 ms\tPhase: init\tStatus: error\tError Type: E"
    )
    assert report.init_report(9999.9, "invoke", "Sandbox.Timedout", timed_out=True) == (
        "INIT_REPORT Init Duration: 9999.90 ms\tPhase: invoke\tStatus: timeout"
    )


def test_the_first_invocation_after_a_restore_says_what_it_took() -> None:
    line = report.report(
        "id", duration_ms=2338.66, billed_ms=2521, memory_mb=3009, max_memory_mb=173, restore=(398.97, 182)
    )
    assert line.endswith("Max Memory Used: 173 MB\tRestore Duration: 398.97 ms\tBilled Restore Duration: 182 ms\t")
    assert report.billed(2338.66, 182) == 2521, "what is billed of the restore is part of the billed duration"


def test_restore_lines_name_the_status_only_of_a_failure() -> None:
    assert report.restore_start("python3.13", "CPython 3.13.1").startswith("RESTORE_START Runtime Version: python3.13")
    assert report.restore_report(511.25) == "RESTORE_REPORT Restore Duration: 511.25 ms"
    assert report.restore_report(1236.04, "Sandbox.Timedout", timed_out=True) == (
        "RESTORE_REPORT Restore Duration: 1236.04 ms\tStatus: timeout"
    )
    assert report.restore_report(1236.04, "Runtime.ExitError") == (
        "RESTORE_REPORT Restore Duration: 1236.04 ms\tStatus: error\tError Type: Runtime.ExitError"
    )
    assert report.init_report(9908.09, "init") == "INIT_REPORT Init Duration: 9908.09 ms\tPhase: init"


def test_a_timeout_is_logged_with_its_moment() -> None:
    assert (
        report.timed_out("id", 3, 1_700_000_000.25) == "2023-11-14T22:13:20.250Z id Task timed out after 3.00 seconds"
    )


def test_a_log_stream_is_named_by_day_version_and_environment() -> None:
    assert report.log_stream("$LATEST", "0123abcd", 1_700_000_000) == "2023/11/14/[$LATEST]0123abcd"
