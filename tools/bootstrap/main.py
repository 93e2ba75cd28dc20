"""`python3 tools/setup.py`: runs the steps that are due."""

from __future__ import annotations

import argparse
import errno
import os
import time
from typing import TYPE_CHECKING

from tools.bootstrap import chromium, jupyter, plan
from tools.bootstrap.pip import Venv
from tools.bootstrap.progress import Progress
from tools.bootstrap.stamps import Stamps
from tools.bootstrap.trouble import Trouble

if TYPE_CHECKING:
    from pathlib import Path


def main(root: Path, arguments: list[str]) -> int:
    """Set up; return the exit code."""
    parser = argparse.ArgumentParser(prog="make setup", description="Install what the course needs, once.")
    parser.add_argument(
        "--no-browser", action="store_true", help="do not look for the browser: only the tests need one"
    )
    options = parser.parse_args(arguments)
    progress = Progress()
    try:
        _set_up(root, progress)
        if not options.no_browser:
            chromium.ensure(progress, ci=os.environ.get("CI", "").lower() in ("true", "1"))
    except Trouble as trouble:
        progress.say(str(trouble))
        return 1
    except KeyboardInterrupt:
        progress.say("\nStopped. What is installed already is kept; the same command goes on from there.")
        return 130
    except BrokenPipeError:  # make setup | head
        return 1
    except OSError as error:
        progress.say(str(_from_system(error)))
        return 1
    return 0


def _set_up(root: Path, progress: Progress) -> None:
    venv = Venv(root / ".venv")
    stamps = Stamps(venv.folder / "setup.json")
    due = plan.due(plan.steps(root, venv), stamps)
    started = time.monotonic()
    if any(step.name == "packages" for step in due):
        progress.say("Setting up, once. It takes a minute or two; all of it goes into .venv and node_modules.")
    for step in due:
        progress.start(step.title)
        stamps.forget(step.name)
        step.work(progress)
        stamps.keep(step.name, step.inputs)
        progress.done()
    jupyter.write_config(venv.folder)
    if due:
        progress.say(f"Set up in {time.monotonic() - started:.0f} s. A second call does nothing.")


def _from_system(error: OSError) -> Trouble:
    where = f" ({error.filename})" if error.filename else ""
    if error.errno == errno.ENOSPC:
        return Trouble(f"a file could not be written{where}.", "The disk is full.", "Free about 1.5 GB and try again.")
    todo = "Look at who owns the checkout, .venv and node_modules (ls -la), then try again."
    return Trouble(f"the system refused something{where}.", str(error), todo)
