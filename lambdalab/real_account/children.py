"""Children of a process that works on a real account are watched as it is: what they find in their environment.

Only Python's own children can be. What else can call AWS (version 2 of the `aws` command, which brings its own Python;
programs in other languages) has the reader's credentials as it always had, and what it creates nobody writes down.
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
    """What children must find in their environment."""
    path = [str(FOLDER), *(entry for entry in environ.get("PYTHONPATH", "").split(os.pathsep) if entry)]
    return {
        VARIABLE: place.as_text(),
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(path)),
        "AWS_DEFAULT_REGION": place.region,
        "AWS_REGION": place.region,
    }


def watch() -> None:
    """In a child: put the watch on."""
    place = Place.from_text(os.environ[VARIABLE])
    Watch(place, Ledger(place.ledger, place.session), say=tell).on()


def tell(text: str) -> None:
    """A sentence for the reader, where it does not mix with a program's answer."""
    print(f"lambdalab: {text}", file=sys.stderr)
