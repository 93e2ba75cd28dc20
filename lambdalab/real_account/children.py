"""Child processes of a process that works on a real account are watched too, by variables in their environment.

Only Python can be. Other programs that call AWS (version 2 of the `aws` command, which has a Python of its own;
programs in other languages) have the reader's credentials as always, and what they create is not written down.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .ledger import Ledger
from .place import VARIABLE, Place
from .watch import Watch

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = Path(__file__).parent / "child"


def variables(place: Place, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment variables for child processes."""
    path = [str(FOLDER), *(entry for entry in environ.get("PYTHONPATH", "").split(os.pathsep) if entry)]
    return {
        VARIABLE: place.as_text(),
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(path)),
        "AWS_DEFAULT_REGION": place.region,
        "AWS_REGION": place.region,
    }


def watch() -> None:
    """In a child process: start watching."""
    place = Place.from_text(os.environ[VARIABLE])
    Watch(place, Ledger(place.ledger, place.session), say=tell).on()


def tell(text: str) -> None:
    """A sentence for the reader, on stderr: a program's output goes to stdout."""
    print(f"lambdalab: {text}", file=sys.stderr)
