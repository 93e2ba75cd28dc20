"""A timeline tells what happened, in order, and tells the same of two runs that differ in nothing but time."""

from __future__ import annotations

import itertools
import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest

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
    DeploymentPackage,
    EnvironmentStarted,
    EnvironmentStopped,
    Function,
    InitEnded,
    InvocationEnded,
    InvocationStarted,
    RestoreEnded,
    SnapshotTaken,
)
from lambdalab.show import Timeline
from tests.lambdalab.meeting import Meeting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lambdalab import Lab
    from lambdalab.runtime import Event, Happening

FUNCTION = Function("one", "arn:one", "python3.13", "app.handler", DeploymentPackage(b""))
OTHER = Function("other", "arn:other", "python3.13", "app.handler", DeploymentPackage(b""))
_ids = itertools.count()


def init(environment: str, function: Function = FUNCTION, error: str | None = None) -> list[Event]:
    return [
        EnvironmentStarted(next(_ids), function, environment, "stream"),
        InitEnded(next(_ids), function, environment, 12.5, error),
    ]


def begin(environment: str, *, cold: bool = False, function: Function = FUNCTION) -> list[Event]:
    return [InvocationStarted(next(_ids), function, environment, f"request-{next(_ids)}", cold)]


def end(environment: str, error: str | None = None, function: Function = FUNCTION) -> list[Event]:
    return [InvocationEnded(next(_ids), function, environment, "request", 1.5, 2, None, 30, error)]


def call(environment: str, *, error: str | None = None, function: Function = FUNCTION) -> list[Event]:
    return [*begin(environment, function=function), *end(environment, error, function)]


def cold(environment: str, function: Function = FUNCTION) -> list[Event]:
    return [*init(environment, function), *begin(environment, cold=True, function=function), *end(environment)]


def snapshot(environment: str) -> list[Event]:
    return [*init(environment), SnapshotTaken(next(_ids), FUNCTION, environment)]


def restored(environment: str, error: str | None = None) -> list[Event]:
    return [
        EnvironmentStarted(next(_ids), FUNCTION, environment, "stream", restored=True),
        RestoreEnded(next(_ids), FUNCTION, environment, 5.5, 3, error),
    ]


def stop(environment: str, reason: str = "idle") -> list[Event]:
    return [EnvironmentStopped(next(_ids), FUNCTION, environment, reason)]


def lines(*events: Iterable[Happening]) -> list[str]:
    return repr(Timeline(itertools.chain.from_iterable(events), "one")).splitlines()


ARN = "arn:aws:lambda:us-east-1:123456789012:function:one:$LATEST"


def queue(kind: type[AsynchronousEvent], *rest: Any, request: str = "first", arn: str = ARN) -> list[Happening]:
    return [kind(next(_ids), arn, request, *rest)]


def run(environment: str, request: str, error: str | None = None) -> list[Event]:
    """A call for an asynchronous event."""
    return [InvocationStarted(next(_ids), FUNCTION, environment, request, cold=False), *end(environment, error)]


def test_nothing_happened() -> None:
    timeline = Timeline([], "one")
    assert repr(timeline) == "one: 0 calls, 0 cold starts, 0 execution environments"
    assert "Nothing has been called yet." in timeline._repr_svg_()


def test_the_life_of_one_environment() -> None:
    assert lines(cold("a"), call("a"), stop("a")) == [
        "one: 2 calls, 1 cold start, 1 execution environment",
        "environment 1: Init → call 1 (cold start) → frozen → call 2 → frozen → Shutdown (idle)",
    ]


def test_a_call_that_goes_on_is_not_frozen_but_what_sleeps_is() -> None:
    assert lines(cold("a"))[1].endswith("frozen")
    assert lines(cold("a"), call("a", error="KeyError"))[1].endswith("call 2 (KeyError) → frozen")


def test_an_environment_that_dies_in_a_call_is_not_frozen_before_its_end() -> None:
    died = stop("a", "the runtime ended")
    assert lines(cold("a"), call("a", error="Runtime.ExitError"), died)[1].endswith(
        "frozen → call 2 (Runtime.ExitError) → Shutdown (the runtime ended)"
    )


def test_an_init_that_fails_says_so() -> None:
    failed = [*init("a", error="Runtime.ImportModuleError"), *begin("a", cold=True), *end("a", "ImportModuleError")]
    assert "Init fails (Runtime.ImportModuleError) → call 1 (cold start, ImportModuleError)" in lines(failed)[1]


def test_an_environment_that_was_prepared_is_frozen_before_its_first_call_and_that_call_is_warm() -> None:
    assert lines(init("a"), call("a")) == [
        "one: 1 call, 0 cold starts, 1 execution environment",
        "environment 1: Init → frozen → call 1 → frozen",
    ]


def test_environments_come_out_of_a_snapshot() -> None:
    story = lines(
        snapshot("a"), restored("b"), begin("b", cold=True), end("b"), call("b"), restored("c", "Runtime.Oops")
    )
    assert story[1:] == [
        "environment 1: Init → snapshot",
        "environment 2: Restore → call 1 (cold start) → frozen → call 2 → frozen",
        "environment 3: Restore fails (Runtime.Oops) → frozen",
    ]


def test_calls_that_overlap_are_said_to_run_at_the_same_time() -> None:
    both = [*init("a"), *begin("a", cold=True), *init("b"), *begin("b", cold=True), *end("b"), *end("a")]
    assert lines(both) == [
        "one: 2 calls, 2 cold starts, 2 execution environments",
        "environment 1: Init → call 1 (cold start) → frozen",
        "environment 2: Init → call 2 (cold start) → frozen",
        "at the same time: call 1, call 2",
    ]


def test_calls_one_after_the_other_are_not() -> None:
    assert not any(line.startswith("at the same time") for line in lines(cold("a"), cold("b"), call("a")))


A, B = [*init("a"), *begin("a", cold=True)], [*init("b"), *begin("b", cold=True)]
SAME_STORY = {
    "a first, b reused": [*A, *B, *end("a"), *end("b"), *call("b"), *stop("a"), *stop("b")],
    "b first, b reused": [*B, *A, *end("a"), *end("b"), *call("b"), *stop("b"), *stop("a")],
    "a first, a reused": [*A, *B, *end("b"), *end("a"), *call("a"), *stop("a"), *stop("b")],
    "inits interleaved": [A[0], B[0], B[1], A[1], A[2], B[2], *end("b"), *end("a"), *call("a"), *stop("b"), *stop("a")],
}


@pytest.mark.parametrize("events", SAME_STORY.values(), ids=SAME_STORY)
def test_who_was_first_by_a_hair_changes_nothing(events: list[Event]) -> None:
    first = Timeline(next(iter(SAME_STORY.values())), "one")
    again = Timeline(events, "one")
    assert repr(again) == repr(first)
    assert again._repr_svg_() == first._repr_svg_()


def test_several_functions_are_told_apart() -> None:
    said = repr(Timeline([*cold("a"), *cold("b", OTHER)]))
    assert "environment 1 (one): " in said
    assert "environment 2 (other): " in said


def test_a_lane_whose_beginning_was_forgotten_begins_later() -> None:
    assert lines(call("a"))[1] == "environment 1: call 1 → frozen"
    assert lines(end("a"))[0] == "one: 0 calls, 0 cold starts, 0 execution environments"


def drawn(*events: list[Event]) -> ElementTree.Element:
    return ElementTree.fromstring(Timeline(itertools.chain.from_iterable(events), "one")._repr_svg_())


def words(picture: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in picture.iter("{http://www.w3.org/2000/svg}text")]


def test_the_picture_shows_each_fact() -> None:
    shown = words(drawn(cold("a"), call("a"), stop("a")))
    assert shown[:5] == ["environment 1", "Init", "1", "2", "Shutdown"]


def test_the_picture_says_in_words_what_it_shows() -> None:
    picture = drawn(cold("a"), call("a"))
    namespace = "{http://www.w3.org/2000/svg}"
    assert picture.get("role") == "img"
    assert picture.findtext(f"{namespace}title") == "one: 2 calls, 1 cold start, 1 execution environment"
    assert "Init → call 1 (cold start) → frozen → call 2" in (picture.findtext(f"{namespace}desc") or "")


def test_the_picture_holds_no_script_no_id_no_duration_and_a_fallback_for_each_colour() -> None:
    text = Timeline([*cold("a"), *call("a")], "one")._repr_svg_()
    assert not re.search(r"<script|\bid=|\bon\w+=|href|12\.5|1\.5", text)
    assert not re.search(r"var\([^,)]+\)", text)


def test_lanes_stand_below_each_other_and_boxes_inside_the_picture() -> None:
    picture = drawn(cold("a"), cold("b"), *[call("a") for _ in range(20)], stop("b"))
    width, height = (float(picture.get(side, "0")) for side in ("width", "height"))
    for box in picture.iter("{http://www.w3.org/2000/svg}rect"):
        assert float(box.get("x", "0")) + float(box.get("width", "0")) <= width
        assert float(box.get("y", "0")) + float(box.get("height", "0")) <= height


def test_of_very_many_environments_it_draws_the_first_and_counts_the_rest() -> None:
    timeline = Timeline(itertools.chain.from_iterable(cold(f"e{number}") for number in range(50)), "one")
    assert "… and 10 more" in timeline._repr_svg_()
    assert "50 execution environments" in repr(timeline)


# In a lab --------------------------------------------------------------------------------------------------------


def test_the_lab_draws_its_own_run(lab: Lab, create: Callable[..., Any], invoke: Callable[..., Any]) -> None:
    create("def handler(event, context):\n    return event['n']")
    create("def handler(event, context):\n    return 1", name="other")
    assert [invoke(event={"n": n}) for n in (1, 2)] == [1, 2]
    invoke("other")

    assert repr(lab.timeline("hello")).splitlines() == [
        "hello: 2 calls, 1 cold start, 1 execution environment",
        "environment 1: Init → call 1 (cold start) → frozen → call 2 → frozen",
    ]
    assert repr(lab.timeline()).startswith("3 calls, 2 cold starts, 2 execution environments")
    assert {event.function.name for event in lab.events("other")} == {"other"}


def test_two_calls_at_once_are_two_lanes(lab: Lab, create: Callable[..., Any], aws_lambda: Any) -> None:
    create(
        """
        import socket
        def handler(event, context):
            socket.create_connection(("127.0.0.1", event)).recv(1)
        """
    )
    with Meeting(2) as meeting, ThreadPoolExecutor(2) as both:
        for _ in range(2):
            both.submit(aws_lambda.invoke, FunctionName="hello", Payload=json.dumps(meeting.port))

    assert repr(lab.timeline("hello")).splitlines()[-1] == "at the same time: call 1, call 2"


def test_an_idle_hour_and_a_death_in_a_call_are_ends_of_different_kinds(
    lab: Lab, create: Callable[..., Any], invoke: Callable[..., Any]
) -> None:
    create("import os\n\ndef handler(event, context):\n    return event and os._exit(1)")
    invoke()
    lab.clock.advance(hours=1)
    invoke(event={"die": True})

    assert repr(lab.timeline("hello")).splitlines()[1:] == [
        "environment 1: Init → call 1 (cold start) → frozen → Shutdown (idle)",
        "environment 2: Init → call 2 (cold start, Runtime.ExitError) → Shutdown (the runtime ended)",
    ]


def test_reset_forgets_what_happened(lab: Lab, create: Callable[..., Any], invoke: Callable[..., Any]) -> None:
    create("def handler(event, context):\n    return 1")
    invoke()
    lab.reset()
    assert lab.events() == []


# The queue --------------------------------------------------------------------------------------------------------


def test_an_asynchronous_event_is_followed_from_its_acceptance_to_its_destination() -> None:
    destination = "arn:aws:sqs:us-east-1:123456789012:failed"
    assert lines(
        init("a"),
        queue(EventQueued),
        run("a", "first", "ValueError"),
        queue(EventRetried, "ValueError", 1, 60.0),
        run("a", "first", "ValueError"),
        queue(EventDropped, "RetriesExhausted", 2),
        queue(RecordDelivered, destination, "OnFailure"),
        queue(DeliveryFailed, destination, "DeadLetter", "AccessDenied: no"),
    ) == [
        "one: 1 asynchronous event, 2 calls, 0 cold starts, 1 execution environment",
        "event 1: accepted → call 1 (ValueError) → wait 60 s (ValueError) → call 2 (ValueError) → "
        "given up (RetriesExhausted) → OnFailure (to failed) → lost (DeadLetter to failed: AccessDenied: no)",
        "environment 1: Init → frozen → call 1 (ValueError) → frozen → call 2 (ValueError) → frozen",
    ]


def test_several_events_are_told_apart() -> None:
    told = lines(
        queue(EventQueued),
        queue(EventQueued, request="second"),
        init("a"),
        run("a", "first"),
        queue(EventSucceeded, 1),
        run("a", "second"),
        queue(EventSucceeded, 1, request="second"),
    )
    assert told[1:3] == ["event 1: accepted → call 1 → done", "event 2: accepted → call 2 → done"]


def test_the_queue_is_a_lane_of_the_picture() -> None:
    events = [*queue(EventQueued), *init("a"), *run("a", "first"), *queue(EventSucceeded, 1)]
    picture = Timeline(events, "one")._repr_svg_()
    assert words_of(picture)[:5] == ["queue", "accepted", "done", "environment 1", "Init"]
    assert "in the queue" in words_of(picture)
    several = Timeline([*events, *queue(EventQueued, request="second")], "one")._repr_svg_()
    assert {"queue, events by number", "1 accepted", "1 done", "2 accepted"} <= set(words_of(several))


def test_without_asynchronous_events_there_is_no_queue() -> None:
    picture = Timeline(cold("a"), "one")._repr_svg_()
    assert not [words for words in words_of(picture) if "queue" in words]


def test_the_queues_of_several_functions_bear_their_names() -> None:
    other = "arn:aws:lambda:us-east-1:123456789012:function:other:live"
    picture = Timeline([*queue(EventQueued), *queue(EventQueued, request="second", arn=other)])._repr_svg_()
    assert {"queue (one), events by number", "queue (other), events by number"} <= set(words_of(picture))


def words_of(picture: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")]
