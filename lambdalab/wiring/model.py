"""Things and arrows: pure data, the same for the same wiring, in an order of its own."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

FUNCTION = "function"


class Way(enum.Enum):
    """How something gets from one end of an arrow to the other."""

    SYNCHRONOUS = "synchronous"
    """The caller waits for the answer."""
    ASYNCHRONOUS = "asynchronous"
    """It is handed over, and whoever did goes on."""
    POLLED = "polled"
    """Lambda reads it from there."""
    RESULT = "result"
    """What became of something: an answer that is passed on, or what was given up."""


@dataclass(frozen=True)
class Thing:
    """A function, a bucket, a queue, an API …"""

    id: str
    kind: str
    """As a reader calls it: "S3 bucket"."""
    name: str
    facts: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".strip()


@dataclass(frozen=True)
class Arrow:
    """From a thing to a thing, by their ids."""

    source: str
    target: str
    way: Way
    words: tuple[str, ...] = ()
    """Its settings: "batches of up to 10"."""


@dataclass(frozen=True)
class Wiring:
    """Everything that is wired, and the functions that are not."""

    things: tuple[Thing, ...] = ()
    arrows: tuple[Arrow, ...] = ()
    alone: tuple[str, ...] = ()
    """Names of functions that no arrow leads to or from."""
    notes: tuple[str, ...] = ()
    """What could not be looked at."""

    def around(self, names: Collection[str]) -> Wiring:
        """Only these functions, what leads to them, and where the results of those go."""
        named = {thing.id for thing in self.things if thing.kind == FUNCTION and thing.name in names}
        before = _reached(named, {(arrow.target, arrow.source) for arrow in self.arrows})
        others = {thing.id for thing in self.things if thing.kind == FUNCTION} - named
        arrows = [
            arrow
            for arrow in self.arrows
            if arrow.source in before
            and (arrow.target in before or (arrow.way is Way.RESULT and arrow.source not in others))
        ]
        kept = named | {end for arrow in arrows for end in (arrow.source, arrow.target)}
        return Wiring(
            tuple(thing for thing in self.things if thing.id in kept),
            tuple(arrows),
            tuple(name for name in self.alone if name in names),
            self.notes,
        )

    @property
    def title(self) -> str:
        """How much there is."""
        functions = sum(thing.kind == FUNCTION for thing in self.things)
        counts = ((functions, "function"), (len(self.arrows), "arrow"))
        return "Wiring: " + ", ".join(f"{number} {what}{'' if number == 1 else 's'}" for number, what in counts)

    def lines(self) -> Iterator[str]:
        """All of it in words, a line for each arrow."""
        named = {thing.id: thing for thing in self.things}
        for arrow in self.arrows:
            words = f": {', '.join(arrow.words)}" if arrow.words else ""
            yield f"{named[arrow.source]} → {named[arrow.target]} ({arrow.way.value}){words}"
        for thing in self.things:
            if thing.facts:
                yield f"{thing}: {', '.join(thing.facts)}"
        if self.alone:
            yield f"not wired to anything: {', '.join(self.alone)}"
        yield from self.notes


@dataclass
class Draft:
    """A wiring in the making. What is added twice is there once."""

    things: dict[str, Thing] = field(default_factory=dict)
    arrows: dict[Arrow, None] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)

    def thing(self, thing: Thing) -> str:
        """Add a thing, or the facts about one that is there; its id."""
        there = self.things.get(thing.id)
        if there is None or thing.facts:
            self.things[thing.id] = thing
        return thing.id

    def arrow(self, source: Thing, target: Thing, way: Way, words: Iterable[str] = ()) -> None:
        """Add an arrow, and its ends."""
        self.arrows[Arrow(self.thing(source), self.thing(target), way, tuple(words))] = None

    def wiring(self) -> Wiring:
        """What has been drawn up. Things without an arrow are left out; functions among them are named."""
        wired = {end for arrow in self.arrows for end in (arrow.source, arrow.target)}
        alone = [thing.name for thing in self.things.values() if thing.kind == FUNCTION and thing.id not in wired]
        return Wiring(
            tuple(thing for thing in self.things.values() if thing.id in wired),
            tuple(self.arrows),
            tuple(alone),
            tuple(self.notes),
        )


def _reached(start: set[str], steps: set[tuple[str, str]]) -> set[str]:
    found, more = set(start), set(start)
    while more:
        more = {target for source, target in steps if source in more} - found
        found |= more
    return found
