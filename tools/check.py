"""`make check`: what can be known without running the tests. Steps run side by side; a failed one shows why."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parent.parent
SITE = "build/check-site"  # not site/: a server may be reading that one


@dataclass(frozen=True)
class Check:
    """A name and the commands behind it, one after the other; the first that fails ends it."""

    name: str
    commands: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Result:
    """How a check ended."""

    name: str
    failed: bool
    seconds: float
    output: str


def python(*arguments: str) -> tuple[str, ...]:
    """Return a command that runs a module of the environment."""
    return (sys.executable, "-m", *arguments)


# The longest first: with two cores that is the shortest way.
CHECKS = (
    Check(
        "the site builds, and its links lead somewhere",
        (
            python("tools.browser.bundle"),
            python("mkdocs", "build", "--strict", "--site-dir", SITE),
            python("tools.site.links", SITE),
        ),
    ),
    Check("types (mypy)", (python("mypy"),)),
    Check("JavaScript, CSS and JSON are formatted (prettier)", (("npm", "run", "--silent", "check"),)),
    Check("facts", (python("tools.site.facts", "--check"),)),
    Check("the picture of the packages shows the code as it is", (python("tools.house", "--check"),)),
    Check("Python lint (ruff)", (python("ruff", "check", "--quiet"),)),
    Check("Python format (ruff)", (python("ruff", "format", "--check", "--quiet"),)),
    Check("nothing in the files that does not belong there", (python("tools.check_commit_hygiene"),)),
)


def run(check: Check) -> Result:
    """Run one check."""
    started = time.monotonic()
    output, failed = [], False
    for command in check.commands:
        try:
            done = subprocess.run(
                command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                text=True, errors="replace", check=False,
            )  # fmt: skip
        except FileNotFoundError as error:
            output.append(f"{error.filename} is not installed; make setup brings it.\n")
            failed = True
            break
        output.append(done.stdout)
        if done.returncode != 0:
            failed = True
            break
    return Result(check.name, failed, time.monotonic() - started, "".join(output))


def run_all(checks: Sequence[Check], workers: int = os.cpu_count() or 2) -> list[Result]:
    """Run the checks side by side; print a line as each ends, and the output of those that failed."""
    results = []
    with ThreadPoolExecutor(max_workers=workers) as pool:
        for future in as_completed([pool.submit(run, check) for check in checks]):
            result = future.result()
            results.append(result)
            print(f"{'✗' if result.failed else '✓'} {result.name} ({result.seconds:.1f} s)", flush=True)
            if result.failed:
                print("".join(f"    {line}\n" for line in result.output.splitlines()), flush=True)
    return results


def main() -> int:
    """Run everything; return the exit code."""
    started = time.monotonic()
    results = run_all(CHECKS)
    wrong = [result.name for result in results if result.failed]
    seconds = time.monotonic() - started
    if wrong:
        print(f"{len(wrong)} of {len(results)} checks failed in {seconds:.0f} s: " + "; ".join(wrong))
        return 1
    print(f"All {len(results)} checks passed in {seconds:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
