"""Exercises: a check that says what it saw, hints, and a solution.

A chapter keeps its exercises in samples/CHAPTER/checks.py, as a dictionary EXERCISES. In a cell:

    tasks = lab.exercises("first-function")
    tasks.language.check()
    tasks.language.hint()
    tasks.language.solution()

Standard library only: it works the same in Jupyter, in tests and in the page.
"""

from __future__ import annotations

import html
import importlib.util
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SAMPLES = Path(__file__).resolve().parents[1] / "samples"


class NotYet(Exception):
    """Raised by a check: what was seen, why it is so, and the question that leads on."""


@dataclass(frozen=True)
class Card:
    """What an exercise answers: text everywhere, a box with a coloured edge where HTML is shown."""

    kind: str
    text: str

    @property
    def passed(self) -> bool:
        """Whether this is the answer to a check that found everything right."""
        return self.kind == "Correct"

    def __repr__(self) -> str:
        return f"{self.kind}: {self.text}"

    def _repr_html_(self) -> str:
        # The edge's colour only repeats what the word says; text keeps the page's own colours, in any scheme.
        edge = {"Correct": "#2e9d55", "Not yet": "#d9822b", "Hint": "#3b82c4", "Solution": "#8a63c9"}[self.kind]
        body = html.escape(self.text)
        if self.kind == "Solution":
            body = f'<pre style="margin:.4em 0 0;white-space:pre-wrap">{body}</pre>'
        else:
            body = f'<span style="white-space:pre-wrap">{body}</span>'
        return (
            f'<div style="border-left:4px solid {edge};padding:.3em .8em;margin:.2em 0">'
            f"<strong>{self.kind}.</strong> {body}</div>"
        )


@dataclass
class Exercise:
    """One exercise. `examine` returns what to say when all is right, or raises NotYet."""

    examine: Callable[[], str]
    hints: tuple[str, ...]
    answer: Path | str
    """The cell that solves it: a file whose text it is, or the text."""
    _given: int = field(default=0, repr=False)

    def check(self) -> Card:
        """Look at what the learner made. Never raises: a broken function is an answer too."""
        try:
            return Card("Correct", self.examine())
        except NotYet as seen:
            return Card("Not yet", str(seen))
        except Exception as problem:
            return Card(
                "Not yet",
                f"The check could not look: {type(problem).__name__}: {problem}\n"
                "Have the cells above it all run, in order?",
            )

    def hint(self) -> Card:
        """The next hint; after the last one, the last one again."""
        number = min(self._given, len(self.hints) - 1)
        self._given += 1
        return Card("Hint", f"({number + 1} of {len(self.hints)}) {self.hints[number]}")

    def solution(self) -> Card:
        """A cell that passes the check."""
        return Card("Solution", self.solution_source())

    def solution_source(self) -> str:
        """The solving cell's text."""
        return self.answer if isinstance(self.answer, str) else self.answer.read_text(encoding="utf-8").rstrip("\n")


class Exercises:
    """A chapter's exercises, as attributes."""

    def __init__(self, chapter: str, exercises: dict[str, Exercise]) -> None:
        self._chapter = chapter
        self._exercises = exercises

    def __getattr__(self, name: str) -> Exercise:
        try:
            return self._exercises[name]
        except KeyError:
            raise AttributeError(
                f"{self._chapter} has no exercise {name!r}; it has {', '.join(self._exercises)}"
            ) from None

    def __iter__(self) -> Iterator[tuple[str, Exercise]]:
        return iter(self._exercises.items())

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._exercises]

    def __repr__(self) -> str:
        return f"Exercises of {self._chapter}: {', '.join(self._exercises)}"


def load(chapter: str) -> Exercises:
    """The exercises of a chapter, by its path ("first-function", "triggers/s3"). Raises LookupError."""
    file = SAMPLES / chapter / "checks.py"
    if not file.is_file():
        raise LookupError(f"There are no exercises for {chapter!r}: {file} does not exist.")
    name = "lambdalab_checks_" + chapter.replace("/", "_").replace("-", "_")
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return Exercises(chapter, module.EXERCISES)
