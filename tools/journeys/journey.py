"""The numbers of one journey.

Only calls count, not returns, and the calls of all threads are one sequence. moto is one place among the lab's files: a
change into it and a change back out of it count like every other. (Counted so, the code at a2bdcc8 has 187, 493 and 207
changes, in 52, 57 and 59 files; a review that counted by its own means found 186, 495 and 207, in as many files.) Where
threads work at the same time, two runs differ by a few changes.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .recorder import Call

MOTO = "moto"


@dataclass(frozen=True)
class Journey:
    """What one item did, from the call that sent it to its end."""

    name: str
    calls: Sequence[Call]

    @property
    def files(self) -> list[str]:
        """The lab's files, in the order in which they come."""
        return [place for place in dict.fromkeys(call.place for call in self.calls) if place != MOTO]

    @property
    def changes(self) -> int:
        """How often a call is in another file than the one before it."""
        return sum(before.place != after.place for before, after in pairwise(self.calls))

    @property
    def visits_to_moto(self) -> int:
        """How often the lab hands over to moto."""
        return sum(before.place != MOTO == after.place for before, after in pairwise(self.calls))

    def called(self, file: str) -> Counter[str]:
        """The functions of a file and how often each is called."""
        return Counter(call.function for call in self.calls if call.place == file)

    def summary(self) -> str:
        """One line."""
        return (
            f"{self.name:<16}{len(self.files):>6} files{self.changes:>7} changes of file"
            f"{self.visits_to_moto:>6} visits to moto{len(self.calls):>8} calls"
        )

    def details(self) -> Iterator[str]:
        """A line for each file."""
        for file in [*self.files, MOTO]:
            called = self.called(file)
            names = "" if file == MOTO else ", ".join(f"{name} {count}" for name, count in called.most_common())
            yield f"  {sum(called.values()):>5}  {file}  {names}".rstrip()
