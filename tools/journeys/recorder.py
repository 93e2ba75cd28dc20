"""Writes down each call of a function of the lab or of moto, in all threads of this process.

It is installed before the lab starts, for a thread is watched from its beginning or not at all.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import FrameType


@dataclass(frozen=True)
class Call:
    """A function began, or a generator went on."""

    place: str
    """A file of the lab, below its folder; or another package as a whole, by its name."""
    function: str


@dataclass
class Recorder:
    """Nothing is written down but while `recording()`."""

    lab: Path
    """The folder of the package whose files count one by one."""
    others: Mapping[str, Path]
    """The folders of packages that count as one place each."""
    _calls: list[Call] | None = None
    _places: dict[str, str | None] = field(default_factory=dict)

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        """From here on, this thread and those that begin are watched."""
        before, of_threads = sys.getprofile(), threading.getprofile()
        threading.setprofile(self._profile)
        sys.setprofile(self._profile)
        try:
            yield
        finally:
            sys.setprofile(before)
            threading.setprofile(of_threads)

    @contextlib.contextmanager
    def recording(self) -> Iterator[list[Call]]:
        """The calls, in the order in which they come, whichever thread makes them."""
        calls: list[Call] = []
        self._calls = calls
        try:
            yield calls
        finally:
            self._calls = None

    def _profile(self, frame: FrameType, event: str, _argument: Any) -> None:
        calls = self._calls
        if calls is None or event != "call":
            return
        place = self._place(frame.f_code.co_filename)
        if place is not None:
            calls.append(Call(place, frame.f_code.co_qualname))

    def _place(self, filename: str) -> str | None:
        if filename not in self._places:
            self._places[filename] = self._found(Path(filename))
        return self._places[filename]

    def _found(self, file: Path) -> str | None:
        if file.is_relative_to(self.lab):
            return file.relative_to(self.lab).as_posix()
        return next((name for name, folder in self.others.items() if file.is_relative_to(folder)), None)
