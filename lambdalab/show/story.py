"""Turns the engine's events into the story that a timeline tells: which environment did what, in which order.

Two runs of the same cells must tell the same story, or a stored picture could never be compared with a new one. But
no two runs take the same time, and of two calls that run at once either may be first. So a story knows no times. It
knows *steps*: what began after something had ended stands in a later step than that, and what ran at the same time
stands in the same step. Environments and calls are numbered by their steps, not by who happened to be first.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lambdalab.runtime import (
    EnvironmentStarted,
    EnvironmentStopped,
    InitEnded,
    InvocationEnded,
    InvocationStarted,
    RestoreEnded,
    SnapshotTaken,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lambdalab.runtime import Event

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


@dataclass(frozen=True)
class Story:
    """All lanes, numbered."""

    lanes: tuple[Lane, ...]
    steps: int

    @property
    def calls(self) -> int:
        """How many calls there were."""
        return sum(scene.called for lane in self.lanes for scene in lane.scenes)

    @property
    def cold_starts(self) -> int:
        """How many of them were cold starts."""
        return sum(scene.cold for lane in self.lanes for scene in lane.scenes)


def story(events: Iterable[Event]) -> Story:
    """The story that these events tell."""
    lanes = _lanes(events)
    steps = _set_steps([scene for lane in lanes for scene in lane.scenes])
    lanes.sort(key=lambda lane: lane.order)
    calls = sorted(
        ((scene.step, number, scene) for number, lane in enumerate(lanes) for scene in lane.scenes if scene.called),
        key=lambda entry: entry[:2],
    )
    for number, (_, _, scene) in enumerate(calls, 1):
        scene.call = number
    return Story(tuple(lanes), steps)


def _lanes(events: Iterable[Event]) -> list[Lane]:
    """What each environment did, in its own order."""
    lanes: dict[str, Lane] = {}
    for position, event in enumerate(events):
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
                now.called, now.cold, now.ends = True, event.cold, OPEN
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
