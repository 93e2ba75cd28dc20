"""The one list of places where moto is changed: what, why, and a check that moto still looks as expected.

Every other module talks to moto through what it offers. A seam replaces one attribute of one class, and remembers
the original: `install()` and `uninstall()` are symmetric. Before anything is replaced, each seam checks the
signature that it was written against, so that a new moto fails here, with a sentence, and not in a learner's cell.
"""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class SeamError(RuntimeError):
    """moto is not the moto that the lab was written against."""


@dataclass(frozen=True)
class Seam:
    """One attribute of one of moto's classes, and what the lab puts in its place."""

    module: str
    owner: str
    attribute: str
    parameters: tuple[str, ...]
    """The original's parameters, as checked at start."""
    replacement: Callable[[Any], Any]
    """Gets the original, returns what takes its place."""
    why: str

    @property
    def name(self) -> str:
        """For people: "moto.awslambda.responses.LambdaResponse.invoke"."""
        return f"{self.module}.{self.owner}.{self.attribute}"

    def target(self) -> Any:
        """The class that is changed."""
        try:
            return getattr(importlib.import_module(self.module), self.owner)
        except (ImportError, AttributeError) as error:
            raise self._changed(f"it has no {self.owner}") from error

    def check(self) -> None:
        """Raise SeamError unless the original is as expected."""
        original = getattr(self.target(), self.attribute, None)
        if original is None:
            raise self._changed(f"{self.owner} has no {self.attribute}")
        found = tuple(inspect.signature(inspect.unwrap(original)).parameters)
        if found != self.parameters:
            raise self._changed(f"{self.attribute} takes {found}, not {self.parameters}")

    def _changed(self, how: str) -> SeamError:
        return SeamError(
            f"moto {version('moto')} is not the version that this lab was written for: in {self.module}, {how}. "
            "Install the versions in requirements/lab.txt."
        )


_originals: dict[Seam, Any] = {}
_INHERITED = object()


def install(seams: tuple[Seam, ...]) -> None:
    """Check all, then replace all. A seam that is installed already stays as it is."""
    for seam in seams:
        if seam not in _originals:
            seam.check()
    for seam in seams:
        if seam not in _originals:
            target = seam.target()
            _originals[seam] = vars(target).get(seam.attribute, _INHERITED)
            setattr(target, seam.attribute, seam.replacement(inspect.getattr_static(target, seam.attribute)))


def uninstall() -> None:
    """Put everything back."""
    while _originals:
        seam, original = _originals.popitem()
        if original is _INHERITED:
            delattr(seam.target(), seam.attribute)
        else:
            setattr(seam.target(), seam.attribute, original)
