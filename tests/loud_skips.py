"""No test is skipped silently: each skip is named at the end of the run, and in CI a skip fails the run."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

SKIPS = pytest.StashKey[list[str]]()


def in_ci() -> bool:
    """Tell whether this run is CI's."""
    return os.environ.get("CI", "").lower() in ("true", "1")


def pytest_configure(config: pytest.Config) -> None:
    """Begin an empty list, and listen."""
    config.stash[SKIPS] = []
    config.pluginmanager.register(Listener(config.stash[SKIPS]), "loud-skips")


class Listener:
    """Hears of each skip, also of those in xdist's workers."""

    def __init__(self, skips: list[str]) -> None:
        self.skips = skips

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a skipped test."""
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a skipped module."""
        self._note(report)

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            longrepr = report.longrepr
            reason = longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
            line = f"SKIPPED: {report.nodeid} because {reason.removeprefix('Skipped: ')}"
            if line not in self.skips:
                self.skips.append(line)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run in CI if anything was skipped."""
    if session.config.stash[SKIPS] and in_ci() and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    """Name each skip."""
    skips = config.stash[SKIPS]
    if not skips:
        return
    terminalreporter.section("SKIPPED TESTS", red=in_ci(), yellow=not in_ci())
    for line in skips:
        terminalreporter.write_line(line)
    if in_ci():
        terminalreporter.write_line("In CI every test must run: the run fails.", red=True)
