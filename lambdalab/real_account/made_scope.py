"""Which resources `lab.diagram()` reads on a real account: those that the course created, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .ledger import Ledger
    from .place import Place


class Made:
    """What is in the ledger, as a `lambdalab.wiring.Look`."""

    def __init__(self, place: Place, ledger: Ledger) -> None:
        self.account, self.region = place.account, place.region
        self._ledger = ledger

    def names(self, kind: str) -> list[str]:
        """The names of all resources of a kind in this region; not those that have none yet (see `watch.py`)."""
        found = {entry.key for entry in self._ledger.standing() if entry.key.kind == kind}
        return sorted(key.name for key in found if key.region in ("", self.region) and not key.name.startswith("?"))
