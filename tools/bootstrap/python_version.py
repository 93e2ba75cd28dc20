"""Is this Python new enough? Written so that an old Python can still read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

OLDEST = (3, 11)
TOO_NEW = (3, 15)


def complaint(version: Sequence[int], executable: str) -> str | None:
    """Return what to tell the person, or None when this Python will do."""
    here = f"{version[0]}.{version[1]}"
    if OLDEST <= tuple(version[:2]) < TOO_NEW:
        return None
    if tuple(version[:2]) < OLDEST:
        why = "moto and the lab need Python 3.11 or newer."
    else:
        why = "The locked packages were tested with Python 3.11 to 3.14; some have no build for a newer one yet."
    return (
        f"\nSet-up stopped: {executable} is Python {here}.\n"
        f"  Why: {why}\n"
        "  What to do: install Python 3.11 to 3.14 and name it, for example: make setup PYTHON=python3.13\n"
    )
