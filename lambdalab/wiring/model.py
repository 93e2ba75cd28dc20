"""Resources and arrows: pure data, the same for the same wiring, in the order in which they were read."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

FUNCTION = "function"


class Way(enum.Enum):
    """How an event gets from one end of an arrow to the other."""

    SYNCHRONOUS = "synchronous"
    """The caller waits for the response."""
    ASYNCHRONOUS = "asynchronous"
    """The source hands the event over and goes on."""
    POLLED = "polled"
    """Lambda polls the source."""
    RESULT = "result"
    """A response that is passed on, or an event that was given up."""


@dataclass(frozen=True)
class Resource:
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
    """From a resource to a resource, by their ids."""

    source: str
    target: str
    way: Way
    words: tuple[str, ...] = ()
    """Its settings: "batches of up to 10"."""


@dataclass(frozen=True)
class Wiring:
    """Everything that is connected, and the functions that are not."""

    resources: tuple[Resource, ...] = ()
    arrows: tuple[Arrow, ...] = ()
    alone: tuple[str, ...] = ()
    """Names of functions that no arrow leads to or from."""
    notes: tuple[str, ...] = ()
    """What could not be read."""

    def around(self, names: Collection[str]) -> Wiring:
        """Only these functions, what leads to them, and where the results of those go."""
        functions = [resource for resource in self.resources if resource.kind == FUNCTION]
        named = {function.id for function in functions if function.name in names}
        before = _reached(named, {(arrow.target, arrow.source) for arrow in self.arrows})
        others = {function.id for function in functions} - named
        arrows = [
            arrow
            for arrow in self.arrows
            if arrow.source in before
            and (arrow.target in before or (arrow.way is Way.RESULT and arrow.source not in others))
        ]
        kept = named | {end for arrow in arrows for end in (arrow.source, arrow.target)}
        return Wiring(
            tuple(resource for resource in self.resources if resource.id in kept),
            tuple(arrows),
            tuple(name for name in self.alone if name in names),
            self.notes,
        )

    @property
    def title(self) -> str:
        """How much there is."""
        functions = sum(resource.kind == FUNCTION for resource in self.resources)
        counts = ((functions, "function"), (len(self.arrows), "arrow"))
        return "Wiring: " + ", ".join(f"{number} {what}{'' if number == 1 else 's'}" for number, what in counts)

    def lines(self) -> Iterator[str]:
        """All of it in words, a line for each arrow."""
        named = {resource.id: resource for resource in self.resources}
        for arrow in self.arrows:
            words = f": {', '.join(arrow.words)}" if arrow.words else ""
            yield f"{named[arrow.source]} → {named[arrow.target]} ({arrow.way.value}){words}"
        for resource in self.resources:
            if resource.facts:
                yield f"{resource}: {', '.join(resource.facts)}"
        if self.alone:
            yield f"not wired to anything: {', '.join(self.alone)}"
        yield from self.notes


@dataclass
class Draft:
    """A wiring while it is read. What is added twice is in it once."""

    resources: dict[str, Resource] = field(default_factory=dict)
    arrows: dict[Arrow, None] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)

    def resource(self, resource: Resource) -> str:
        """Add a resource, or the facts about one that is there; its id."""
        known = self.resources.get(resource.id)
        if known is None or resource.facts:
            self.resources[resource.id] = resource
        return resource.id

    def arrow(self, source: Resource, target: Resource, way: Way, words: Iterable[str] = ()) -> None:
        """Add an arrow, and its ends."""
        self.arrows[Arrow(self.resource(source), self.resource(target), way, tuple(words))] = None

    def wiring(self) -> Wiring:
        """The finished wiring. Resources without an arrow are left out; functions among them are named."""
        wired = {end for arrow in self.arrows for end in (arrow.source, arrow.target)}
        functions = [each for each in self.resources.values() if each.kind == FUNCTION]
        alone = [function.name for function in functions if function.id not in wired]
        return Wiring(
            tuple(resource for resource in self.resources.values() if resource.id in wired),
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
