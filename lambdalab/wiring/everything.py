"""The scope of `lab.diagram()` in the lab: every resource in the account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .service_wiring import service_wirings

if TYPE_CHECKING:
    from .scope import Aws


class Listed:
    """All resources, as the services list them: a `Look`."""

    def __init__(self, aws: Aws, account: str, region: str) -> None:
        self.account, self.region = account, region
        self._aws = aws

    def names(self, kind: str) -> list[str]:
        """The names of all resources of a kind."""
        lists = next(wiring.lists for wiring in service_wirings() if kind in wiring.lists)
        return lists[kind](self._aws)
