"""The life of execution environments, drawn from the events of this very run.

One lane an environment, from left to right: Init, calls, frozen stretches, Shutdown. Above them, for a function that is
called asynchronously, one for its queue: accepted, waiting for the next try, given up, told to a destination. The
order is true and the widths are not: the same cells give the same picture, byte for byte, on every machine. The
numbers stand in the REPORT lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import svg
from .event_log import Mark, story

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lambdalab.runtime import Happening

    from .event_log import Lane, Queue, Scene

_MARGIN = 12
_INIT, _RESTORE, _CALL, _END = 42, 66, 32, 74
_GAP = 28
_BOX = 30
_LANE = 62
_HEAD = 12
_FOOT = 78
_ROW = 20
_NARROWEST = 330
_MOST_LANES = 40
_LETTER = 7.2
"""About the width of a letter: nobody can measure text here."""
DIED = "the runtime ended"
"""The reason that the pool gives for an environment that did not outlive its call."""


class Timeline:
    """A picture where pictures are shown, and the same facts as text everywhere."""

    def __init__(self, events: Iterable[Happening], function_name: str | None = None) -> None:
        self._story = story(events)
        self._name = function_name
        functions = {lane.function for lane in self._story.lanes} | {queue.function for queue in self._story.queues}
        self._several = len(functions) > 1

    def __repr__(self) -> str:
        return "\n".join([self._title(), *self._lines()])

    def _repr_svg_(self) -> str:
        words, shapes = ". ".join(self._lines()), list(self._shapes())
        return svg.picture(self._width(), self._height(), self._title(), words, shapes, shrinks_to=0.95)

    # In words -------------------------------------------------------------------------------------------------

    def _title(self) -> str:
        lanes, calls, cold = len(self._story.lanes), self._story.calls, self._story.cold_starts
        numbers = [(calls, "call"), (cold, "cold start"), (lanes, "execution environment")]
        if self._story.queues:
            numbers.insert(0, (len(self._story.events), "asynchronous event"))
        counts = ", ".join(f"{number} {what}{'' if number == 1 else 's'}" for number, what in numbers)
        return f"{self._name}: {counts}" if self._name else counts

    def _lines(self) -> Iterator[str]:
        for number, scenes in enumerate(self._story.events, 1):
            yield f"event {number}: {' → '.join(_event_facts(scenes))}"
        for number, lane in enumerate(self._story.lanes, 1):
            yield f"{self._lane_name(number, lane)}: {' → '.join(_facts(lane))}"
        for calls in self._at_once():
            yield f"at the same time: {', '.join(f'call {call}' for call in calls)}"

    def _lane_name(self, number: int, lane: Lane) -> str:
        return f"environment {number} ({lane.function})" if self._several else f"environment {number}"

    def _at_once(self) -> list[list[int]]:
        """The calls that ran at the same time, in groups."""
        steps: dict[int, list[int]] = {}
        for lane in self._story.lanes:
            for scene in lane.scenes:
                if scene.called:
                    steps.setdefault(scene.step, []).append(scene.call)
        return [sorted(calls) for _, calls in sorted(steps.items()) if len(calls) > 1]

    # As a picture ---------------------------------------------------------------------------------------------

    @property
    def _shown(self) -> tuple[Lane, ...]:
        return self._story.lanes[:_MOST_LANES]

    def _columns(self) -> list[float]:
        """Where each step begins; the last number is where the last one ends."""
        widest = [0.0] * self._story.steps
        scenes = [scene for lane in self._story.lanes for scene in lane.scenes]
        for scene in [*scenes, *(mark for queue in self._story.queues for mark in queue.marks)]:
            widest[scene.step - 1] = max(widest[scene.step - 1], _width(scene))
        columns = [float(_MARGIN)]
        for width in widest:
            columns.append(columns[-1] + width + _GAP)
        return columns

    def _width(self) -> float:
        return max(_NARROWEST, self._columns()[-1] + _MARGIN)

    def _height(self) -> float:
        more = 20 if len(self._story.lanes) > _MOST_LANES else 0
        rows = len(self._shown) + len(self._story.queues)
        return _HEAD + _LANE * max(1, rows) + more + _FOOT + (_ROW if self._story.queues else 0)

    def _shapes(self) -> Iterator[str]:
        columns, y = self._columns(), float(_HEAD)
        if not self._story.lanes and not self._story.queues:
            yield svg.text(_MARGIN, y + 20, "Nothing has been called yet.", "muted")
        for queue in self._story.queues:
            numbered = len(self._story.events) > 1
            name = f"queue ({queue.function})" if self._several else "queue"
            name += ", events by number" if numbered else ""
            yield svg.text(columns[queue.marks[0].step - 1], y + 14, name, "muted")
            yield from _queue(queue, columns, y + 24, numbered=numbered)
            y += _LANE
        for number, lane in enumerate(self._shown, 1):
            name = self._lane_name(number, lane)
            # Above its first box, so that it is seen where the picture is wider than the screen.
            x = min(columns[lane.scenes[0].step - 1], self._width() - _MARGIN - _LETTER * len(name))
            yield svg.text(max(_MARGIN, x), y + 14, name, "muted")
            yield from _lane(lane, columns, y + 24)
            y += _LANE
        if len(self._story.lanes) > _MOST_LANES:
            yield svg.text(_MARGIN, y + 10, f"… and {len(self._story.lanes) - _MOST_LANES} more", "muted")
            y += 20
        yield from _legend(y + 6, self._width(), queue=bool(self._story.queues))


def _event_facts(scenes: Iterable[Scene]) -> Iterator[str]:
    """What became of one event, in order."""
    for scene in scenes:
        if isinstance(scene, Mark):
            yield scene.word + (f" ({scene.detail})" if scene.detail else "")
        else:
            yield f"call {scene.call}" + (f" ({scene.error})" if scene.error else "")


def _facts(lane: Lane) -> Iterator[str]:
    """What happened to one environment, in order."""
    for number, scene in enumerate(lane.scenes):
        if scene.stopped is not None:
            yield f"Shutdown ({scene.stopped})"
            continue
        if scene.init:
            yield f"{_beginning(scene)} fails ({scene.init_error})" if scene.init_error else _beginning(scene)
        if scene.snapshot:
            yield "snapshot"
            continue
        if scene.called:
            facts = [] if not scene.cold else ["cold start"]
            facts += [scene.error] if scene.error else []
            yield f"call {scene.call}" + (f" ({', '.join(facts)})" if facts else "")
        if _frozen_after(lane, number):
            yield "frozen"


def _frozen_after(lane: Lane, number: int) -> bool:
    """Whether the environment slept after this scene. It did not if it died in it."""
    if number + 1 == len(lane.scenes):
        return lane.alive
    return lane.scenes[number + 1].stopped != DIED


def _beginning(scene: Scene) -> str:
    return "Restore" if scene.restored else "Init"


def _width(scene: Scene) -> float:
    if isinstance(scene, Mark):
        return round(_LETTER * (len(scene.word) + len(str(scene.event)) + 1)) + 16
    return _END if scene.stopped is not None else _begins(scene) + _CALL * scene.called


def _begins(scene: Scene) -> float:
    return (_RESTORE if scene.restored else _INIT) * scene.init


def _lane(lane: Lane, columns: list[float], y: float) -> Iterator[str]:
    middle = y + _BOX / 2
    for number, scene in enumerate(lane.scenes):
        x = columns[scene.step - 1]
        end = x + _width(scene)
        if scene.stopped is not None:
            yield svg.box(x, y, _END, _BOX, "bg-soft", "border-strong", dashed=True)
            yield svg.text(x + _END / 2, middle + 5, "Shutdown", "muted", anchor="middle")
            continue
        if scene.init:
            look = ("error-soft", "error") if scene.init_error else ("warm-soft", "warm")
            yield svg.box(x, y, _begins(scene), _BOX, *look)
            yield svg.text(x + _begins(scene) / 2, middle + 5, _beginning(scene), look[1], anchor="middle", bold=True)
        if scene.called:
            look = ("error-soft", "error") if scene.error else ("accent-soft", "accent")
            yield svg.box(end - _CALL, y, _CALL, _BOX, *look)
            yield svg.text(end - _CALL / 2, middle + 5, str(scene.call), look[1], anchor="middle", bold=True)
        if _frozen_after(lane, number):
            last = number + 1 == len(lane.scenes)
            until = columns[-1] if last else columns[lane.scenes[number + 1].step - 1]
            yield svg.line(end + 3, middle, until - 3, middle, "border-strong", dashed=True, width=3)


def _queue(queue: Queue, columns: list[float], y: float, *, numbered: bool) -> Iterator[str]:
    middle = y + _BOX / 2
    for mark in queue.marks:
        x = columns[mark.step - 1]
        width = _width(mark)
        look = ("error-soft", "error") if mark.failed else ("bg-soft", "border-strong")
        if mark.waits:
            until = columns[mark.until - 1] if mark.until else columns[-1]
            yield svg.line(x + width + 3, middle, until - 3, middle, "warm", dashed=True, width=2)
        yield svg.box(x, y, width, _BOX, *look)
        words = f"{mark.event} {mark.word}" if numbered else mark.word
        yield svg.text(x + width / 2, middle + 5, words, "error" if mark.failed else "text", anchor="middle")


def _legend(y: float, width: float, *, queue: bool = False) -> Iterator[str]:
    yield svg.line(_MARGIN, y, width - _MARGIN, y, "border")
    yield svg.text(_MARGIN, y + 18, "time → (in order, not to scale)", "muted")
    left, right = float(_MARGIN), _MARGIN + 158.0
    yield svg.box(left, y + 29, 22, 13, "warm-soft", "warm")
    yield svg.text(left + 30, y + 40, "Init (cold start)", "muted")
    yield svg.box(right, y + 29, 22, 13, "accent-soft", "accent")
    yield svg.text(right + 30, y + 40, "call, by number", "muted")
    yield svg.line(left, y + 55.5, left + 23, y + 55.5, "border-strong", dashed=True, width=3)
    yield svg.text(left + 30, y + 60, "frozen", "muted")
    yield svg.box(right, y + 49, 22, 13, "error-soft", "error")
    yield svg.text(right + 30, y + 60, "failed", "muted")
    if queue:
        yield svg.line(left, y + 75.5, left + 23, y + 75.5, "warm", dashed=True, width=2)
        yield svg.text(left + 30, y + 80, "in the queue", "muted")
