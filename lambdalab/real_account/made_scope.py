"""Where `lab.diagram()` looks on a real account: at what the course made there, and at nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .ledger import Ledger
    from .place import Place


class Made:
    """What stands in the ledger, as a `lambdalab.wiring.Look`."""

    def __init__(self, place: Place, ledger: Ledger) -> None:
        self.account, self.region = place.account, place.region
        self._ledger = ledger

    def names(self, kind: str) -> list[str]:
        """The names of all of a kind in this region; not what has none yet (see watch.py)."""
        found = {entry.key for entry in self._ledger.standing() if entry.key.kind == kind}
        return sorted(key.name for key in found if key.region in ("", self.region) and not key.name.startswith("?"))
