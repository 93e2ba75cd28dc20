"""The lines that Lambda writes, given the numbers."""

from __future__ import annotations

import pytest

from lambdalab.runtime import report


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


def test_a_timeout_is_logged_with_its_moment() -> None:
    assert (
        report.timed_out("id", 3, 1_700_000_000.25) == "2023-11-14T22:13:20.250Z id Task timed out after 3.00 seconds"
    )


def test_a_log_stream_is_named_by_day_version_and_environment() -> None:
    assert report.log_stream("$LATEST", "0123abcd", 1_700_000_000) == "2023/11/14/[$LATEST]0123abcd"
