"""The recorder keeps what happened, and no more than it was told to."""

from __future__ import annotations

from lambdalab.monitoring.recorder import Recorder
from lambdalab.runtime import DeploymentPackage, EnvironmentStarted, EnvironmentStopped, Function, LogLine


def function(name: str) -> Function:
    return Function(name, f"arn:{name}", "python3.13", "app.handler", DeploymentPackage(b""))


ONE, OTHER = function("one"), function("other")


def test_events_come_back_in_order_of_one_function_or_of_all() -> None:
    recorder = Recorder()
    events = [
        EnvironmentStarted(1, ONE, "a", "stream"),
        EnvironmentStarted(2, OTHER, "b", "stream"),
        EnvironmentStopped(3, ONE, "a", "idle"),
    ]
    for event in events:
        recorder(event)

    assert recorder.events() == events
    assert recorder.events("one") == [events[0], events[2]]
    assert recorder.events("nobody") == []


def test_the_oldest_events_make_room() -> None:
    recorder = Recorder(events=3)
    for number in range(5):
        recorder(LogLine(number, ONE, "a", "stream", str(number)))

    assert [event.time for event in recorder.events()] == [2, 3, 4]


def test_long_log_lines_make_room_too() -> None:
    recorder = Recorder(characters=100)
    recorder(EnvironmentStarted(1, ONE, "a", "stream"))
    for number in range(2, 5):
        recorder(LogLine(number, ONE, "a", "stream", "x" * 40))

    assert [event.time for event in recorder.events()] == [3, 4]


def test_it_forgets_when_told_to() -> None:
    recorder = Recorder()
    recorder(LogLine(1, ONE, "a", "stream", "x"))
    recorder.clear()
    assert recorder.events() == []
