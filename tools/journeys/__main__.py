"""The command: record the journeys and print their numbers. See the package."""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tools.house import revision

from .journey import MOTO, Journey
from .recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("invoke", "sqs", "http-api")


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.journeys", description="Count the files that one warm item passes through."
    )
    parser.add_argument("names", nargs="*", metavar="|".join(NAMES), help="which journeys (all)")
    parser.add_argument("--verbose", action="store_true", help="list the files, in order, and what is called there")
    parser.add_argument("--rev", help="the lab of this git revision instead of the one here")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(NAMES):
        parser.error(f"there is no journey {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    with contextlib.ExitStack() as stack:
        root = stack.enter_context(revision.files(ROOT, options.rev)) if options.rev else ROOT
        sys.path.insert(0, str(root))  # before the lab is imported
        for journey in _walk(root, options.names or NAMES):
            print(journey.summary(), flush=True)
            if options.verbose:
                print("\n".join(journey.details()), flush=True)
    return 0


def _walk(root: Path, names: Sequence[str]) -> Iterator[Journey]:
    from .walks import walk  # it imports the lab, of that folder

    moto = importlib.util.find_spec(MOTO)
    assert moto is not None
    assert moto.origin is not None
    return walk(Recorder(root / "lambdalab", {MOTO: Path(moto.origin).parent}), names)


if __name__ == "__main__":
    sys.exit(main())
