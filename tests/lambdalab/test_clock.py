"""The lab's clock goes as time goes, and forward when it is told to; timers run when their time comes."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from lambdalab import faults
from lambdalab.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(params=[True, False], ids=["threads", "no threads"])
def clock(request: pytest.FixtureRequest) -> Iterator[Clock]:
    clock = Clock(threads=request.param)
    yield clock
    clock.close()


def test_it_shows_real_time_and_what_was_added(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: 1000.0)
    clock = Clock()
    assert clock.time() == 1000.0
    clock.advance(seconds=1, minutes=2, hours=3, days=4)
    assert clock.time() == 1000.0 + 1 + 120 + 3 * 3600 + 4 * 86400


def test_time_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="the lab's clock cannot go back by 60 seconds"):
        Clock().advance(minutes=-1)


def test_advance_runs_what_falls_due_in_order_each_at_its_own_time(clock: Clock) -> None:
    seen: list[tuple[str, float]] = []
    start = clock.time() + 100
    for name, after in (("third", 30), ("first", 10), ("second", 20), ("later", 3600)):
        clock.call_at(start + after, lambda name=name: seen.append((name, clock.time() - start)))  # type: ignore[misc]
    clock.advance(minutes=3)
    assert seen == [("first", 10.0), ("second", 20.0), ("third", 30.0)]


def test_timers_of_one_time_run_in_the_order_in_which_they_were_set(clock: Clock) -> None:
    seen: list[int] = []
    when = clock.time() + 60
    for number in range(20):
        clock.call_at(when, lambda number=number: seen.append(number))  # type: ignore[misc]
    clock.advance(minutes=2)
    assert seen == list(range(20))


def test_a_timer_that_a_timer_sets_runs_within_the_same_advance(clock: Clock) -> None:
    seen: list[float] = []
    start = clock.time()

    def tick() -> None:
        seen.append(round(clock.time() - start))
        clock.call_later(60, tick)

    clock.call_at(start + 60, tick)
    clock.advance(minutes=5)
    assert seen == [60, 120, 180, 240, 300]


def test_what_a_timer_set_off_is_done_before_the_clock_goes_on(clock: Clock) -> None:
    seen: list[str] = []
    clock.settle_with(lambda: seen.append("settled"))
    clock.call_later(60, lambda: seen.append("first"))
    clock.call_later(120, lambda: seen.append("second"))
    clock.advance(minutes=5)
    assert seen == ["settled", "first", "settled", "second", "settled"]


def test_a_cancelled_timer_does_not_run(clock: Clock) -> None:
    seen: list[str] = []
    clock.call_later(60, lambda: seen.append("cancelled")).cancel()
    clock.call_later(60, lambda: seen.append("kept"))
    clock.advance(minutes=2)
    assert seen == ["kept"]


def test_a_cleared_clock_has_no_timers_and_keeps_its_time(clock: Clock) -> None:
    seen: list[str] = []
    clock.advance(hours=1)
    before = clock.time()
    clock.call_later(60, lambda: seen.append("ran"))
    clock.clear()
    clock.advance(minutes=2)
    assert seen == []
    assert clock.time() >= before + 120


def test_a_timer_cannot_move_the_clock_that_runs_it(clock: Clock) -> None:
    clock.call_later(60, lambda: clock.advance(seconds=1))
    with pytest.raises(RuntimeError, match="a timer cannot move the clock"):
        clock.advance(minutes=2)


def test_a_timer_that_fails_is_heard_of_and_the_clock_goes_on(clock: Clock) -> None:
    before = clock.time()

    def fail() -> None:
        raise LookupError("nothing here")

    clock.call_later(60, fail)
    with pytest.raises(LookupError, match="nothing here"):
        clock.advance(minutes=2)
    assert clock.time() >= before + 120


def test_a_timer_runs_when_real_time_comes() -> None:
    clock = Clock(threads=True)
    ran = threading.Event()
    clock.call_later(0.01, ran.set)
    assert ran.wait(10)
    clock.close()


def test_the_thread_survives_a_timer_that_fails_and_says_so() -> None:
    clock = Clock(threads=True)
    ran = threading.Event()
    clock.call_later(0, lambda: 1 / 0)
    clock.call_later(0.01, ran.set)
    assert ran.wait(10)
    [sentence] = faults.reported()
    faults.forget()
    assert "running a timer of the lab's clock: ZeroDivisionError" in sentence
    clock.close()


def test_without_threads_due_timers_run_when_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("time.time", lambda: now[0])
    clock = Clock(threads=False)
    seen: list[str] = []
    clock.call_later(5, lambda: seen.append("ran"))
    assert not clock.run_due()
    now[0] += 5
    assert clock.run_due()
    assert seen == ["ran"]


def test_a_closed_clock_has_no_thread_and_takes_no_timers() -> None:
    clock = Clock(threads=True)
    clock.call_later(60, lambda: None)
    thread = clock._thread
    assert thread is not None
    assert thread.is_alive()
    clock.close()
    assert not thread.is_alive()
    assert clock.call_later(0, lambda: None).cancelled
    clock.close()


def test_timers_can_be_set_from_many_threads() -> None:
    clock = Clock(threads=True)
    seen: list[int] = []
    threads = [
        threading.Thread(target=lambda: [clock.call_later(60, lambda: seen.append(1)) for _ in range(100)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    clock.advance(minutes=2)
    assert len(seen) == 400
    clock.close()
