"""Turns what was published into the story that a timeline tells: who did what, in which order, and what came of it.

Two runs of the same cells must tell the same story, or a stored picture could never be compared with a new one. But
no two runs take the same time, and of two calls that run at once either may be first. So a story knows no times. It
knows *steps*: what began after something had ended stands in a later step than that, and what ran at the same time
stands in the same step. Environments and calls are numbered by their steps, not by who happened to be first.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lambdalab.delivery.events import (
    AsynchronousEvent,
    DeliveryFailed,
    EventDropped,
    EventQueued,
    EventRetried,
    EventSucceeded,
    RecordDelivered,
)
from lambdalab.runtime import (
    EnvironmentStarted,
    EnvironmentStopped,
    Event,
    InitEnded,
    InvocationEnded,
    InvocationStarted,
    RestoreEnded,
    SnapshotTaken,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lambdalab.runtime import Happening

OPEN = 1 << 62
"""The end of what has not ended."""


@dataclass
class Scene:
    """What an environment does in one step: Init (or Restore), a call, both (a cold start), or its end."""

    begins: int
    """Position among the events; no time."""
    ends: int = OPEN
    init: bool = False
    restored: bool = False
    """Init was a Restore, from a snapshot."""
    snapshot: bool = False
    """Init ended in a snapshot."""
    init_error: str | None = None
    called: bool = False
    cold: bool = False
    error: str | None = None
    stopped: str | None = None
    """Why the environment ended, if this is its end."""
    request: str = ""
    """The call's request id; an event's calls and marks all have the same."""
    step: int = 0
    call: int = 0
    """The call's number, from 1."""

    @property
    def shape(self) -> tuple[object, ...]:
        """Everything that does not depend on who was first."""
        return (
            (self.init, self.restored, self.snapshot, self.init_error or ""),
            (self.called, self.cold, self.error or "", self.stopped or ""),
        )


@dataclass
class Lane:
    """The life of one execution environment."""

    function: str
    scenes: list[Scene] = field(default_factory=list)

    @property
    def order(self) -> tuple[object, ...]:
        """Lanes stand in the order in which they began; of two that began together, the longer one is first."""
        return self.scenes[0].step, self.function, [(-scene.step, scene.shape) for scene in self.scenes[::-1]]

    @property
    def alive(self) -> bool:
        """Whether the environment is still there."""
        return self.scenes[-1].stopped is None


@dataclass
class Mark(Scene):
    """What happened to an asynchronous event between its calls. It takes no time."""

    event: int = 0
    """The event's number, from 1, in the order in which the events were accepted."""
    word: str = ""
    """As short as a picture wants it."""
    detail: str = ""
    """What else there is to say."""
    failed: bool = False
    waits: bool = False
    """Whether the event is in the queue now, until …"""
    until: int | None = None
    """… this step; None if it still is."""


@dataclass
class Queue:
    """The queue of one function."""

    function: str
    marks: list[Mark] = field(default_factory=list)


@dataclass(frozen=True)
class Story:
    """All lanes, numbered."""

    lanes: tuple[Lane, ...]
    steps: int
    queues: tuple[Queue, ...] = ()
    """Of the functions that were sent asynchronous events."""
    events: tuple[tuple[Scene, ...], ...] = ()
    """What became of each asynchronous event, in order: its marks and its calls."""

    @property
    def calls(self) -> int:
        """How many calls there were."""
        return sum(scene.called for lane in self.lanes for scene in lane.scenes)

    @property
    def cold_starts(self) -> int:
        """How many of them were cold starts."""
        return sum(scene.cold for lane in self.lanes for scene in lane.scenes)


def story(happenings: Iterable[Happening]) -> Story:
    """The story that these tell."""
    positions = list(enumerate(happenings))
    lanes = _lanes((position, event) for position, event in positions if isinstance(event, Event))
    queues = _queues((position, event) for position, event in positions if isinstance(event, AsynchronousEvent))
    scenes = [scene for lane in lanes for scene in lane.scenes]
    marks = [mark for queue in queues for mark in queue.marks]
    steps = _set_steps([*scenes, *marks])
    events = _by_event(scenes, marks)
    lanes.sort(key=lambda lane: lane.order)
    calls = sorted(
        ((scene.step, number, scene) for number, lane in enumerate(lanes) for scene in lane.scenes if scene.called),
        key=lambda entry: entry[:2],
    )
    for number, (_, _, scene) in enumerate(calls, 1):
        scene.call = number
    return Story(tuple(lanes), steps, tuple(queues), events)


def _by_event(scenes: list[Scene], marks: list[Mark]) -> tuple[tuple[Scene, ...], ...]:
    """The scenes of each asynchronous event; those of its marks that wait learn until when."""
    of: dict[str, list[Scene]] = {mark.request: [] for mark in sorted(marks, key=lambda mark: mark.event)}
    for scene in sorted([*scenes, *marks], key=lambda scene: scene.begins):
        if scene.request in of:
            before = of[scene.request][-1] if of[scene.request] else None
            if isinstance(before, Mark) and before.waits:
                before.until = scene.step
            of[scene.request].append(scene)
    return tuple(map(tuple, of.values()))


def _queues(events: Iterable[tuple[int, AsynchronousEvent]]) -> list[Queue]:
    """What happened in each function's queue, in order."""
    queues: dict[str, Queue] = {}
    numbers: dict[str, int] = {}
    for position, event in events:
        queue = queues.setdefault(event.function_name, Queue(event.function_name))
        number = numbers.setdefault(event.request_id, len(numbers) + 1)
        mark = Mark(position, position, request=event.request_id, event=number)
        match event:
            case EventQueued():
                mark.word, mark.waits = "accepted", True
            case EventRetried():
                mark.word, mark.detail, mark.waits = f"wait {event.wait_s:g} s", event.reason, True
            case EventSucceeded():
                mark.word = "done"
            case EventDropped():
                mark.word, mark.detail, mark.failed = "given up", event.condition, True
            case DeliveryFailed():
                mark.word, mark.failed = "lost", True
                mark.detail = f"{event.kind} to {_last_part(event.destination)}: {event.problem}"
            case RecordDelivered():
                mark.word, mark.detail = event.kind, f"to {_last_part(event.destination)}"
        queue.marks.append(mark)
    return [queues[name] for name in sorted(queues)]


def _last_part(arn: str) -> str:
    """The name of a queue, topic, bus, bucket or function."""
    parts = arn.split(":")
    return parts[6] if parts[2] == "lambda" else parts[-1].rpartition("/")[2]


def _lanes(events: Iterable[tuple[int, Event]]) -> list[Lane]:
    """What each environment did, in its own order."""
    lanes: dict[str, Lane] = {}
    for position, event in events:
        lane = lanes.setdefault(event.environment, Lane(event.function.name))
        now = lane.scenes[-1] if lane.scenes else None
        match event:
            case EnvironmentStarted():
                lane.scenes.append(Scene(position, init=True, restored=event.restored))
            case InitEnded() | RestoreEnded() if now is not None and now.init:
                now.ends, now.init_error = position, event.error_type
            case SnapshotTaken() if now is not None:
                now.snapshot = True
            case InvocationStarted():
                # The call that waited for Init is one scene with it: a cold start.
                if now is None or not event.cold or now.called or now.stopped:
                    lane.scenes.append(now := Scene(position))
                now.called, now.cold, now.ends, now.request = True, event.cold, OPEN, event.request_id
            case InvocationEnded() if now is not None and now.called:
                now.ends, now.error = position, event.error_type
            case EnvironmentStopped():
                if now is not None and now.ends == OPEN:
                    now.ends = position
                lane.scenes.append(Scene(position, position, stopped=event.reason))
    return [lane for lane in lanes.values() if lane.scenes]


def _set_steps(scenes: list[Scene]) -> int:
    """Give each scene its step; return how many there are.

    A scene's step is one more than the latest step among the scenes that had ended when it began. Ends of environments
    do not wait for each other: which of two idle environments is ended first says nothing.
    """
    running: list[tuple[int, int, Scene]] = []
    latest = latest_not_end = last = 0
    for scene in sorted(scenes, key=lambda scene: scene.begins):
        while running and running[0][0] < scene.begins:
            ended = heapq.heappop(running)[2]
            latest = max(latest, ended.step)
            if ended.stopped is None:
                latest_not_end = max(latest_not_end, ended.step)
        scene.step = (latest if scene.stopped is None else latest_not_end) + 1
        last = max(last, scene.step)
        heapq.heappush(running, (scene.ends, scene.begins, scene))
    return last
