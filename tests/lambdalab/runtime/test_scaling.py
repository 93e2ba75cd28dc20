"""How the engine scales: which environment takes a call, how many there are, when they go. Nothing is lost."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from lambdalab.clock import Clock
from lambdalab.runtime import Engine, EnvironmentStarted, EnvironmentStopped, InvocationStarted, Limits, Throttled
from lambdalab.runtime.inline import InlineEnvironments
from lambdalab.runtime.pool import Lifetimes
from lambdalab.runtime.processes.environments import ProcessEnvironments
from lambdalab.runtime.processes.process import ProcessEnvironment

from .conftest import Bench, variables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lambdalab.runtime import Function

WHERE = """
import os
def handler(event, context):
    return [os.environ["AWS_LAMBDA_LOG_STREAM_NAME"][-32:], os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]]
"""


class ScalingBench(Bench):
    """An engine with a clock that a test moves."""

    def __init__(self, kind: str, **settings: Any) -> None:
        self.clock = Clock(threads=False)
        environments = InlineEnvironments(variables) if kind == "inline" else ProcessEnvironments(variables)
        super().__init__(kind, Engine(environments, clock=self.clock, **settings))

    def where(self, function: Function) -> tuple[str, str]:
        """Which environment took a call, and how it was initialised."""
        environment, kind = json.loads(self.invoke(function).payload)
        return environment, kind

    def reasons(self) -> Counter[str]:
        return Counter(event.reason for event in self.events if isinstance(event, EnvironmentStopped))


@pytest.fixture(params=["process", "inline"])
def make(request: pytest.FixtureRequest) -> Iterator[Callable[..., ScalingBench]]:
    benches: list[ScalingBench] = []

    def make_bench(**settings: Any) -> ScalingBench:
        benches.append(ScalingBench(request.param, **settings))
        return benches[-1]

    yield make_bench
    for bench in benches:
        bench.engine.close()
        bench.clock.close()


def _throttled(bench: Bench, function: Function) -> str:
    with pytest.raises(Throttled) as caught:
        bench.invoke(function)
    return caught.value.reason


# Limits -----------------------------------------------------------------------------------------------------------


def test_reserved_zero_throttles(make: Callable[..., ScalingBench]) -> None:
    bench = make()
    function = bench.function(WHERE)
    bench.engine.account(function.arn).reserve(function.arn, 0)
    assert _throttled(bench, function) == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert bench.started(function) == []
    bench.engine.account(function.arn).reserve(function.arn, 1)
    assert len({bench.where(function)[0] for _ in range(3)}) == 1  # one after the other, one is enough


def test_an_account_without_concurrency_throttles(make: Callable[..., ScalingBench]) -> None:
    bench = make(limits=Limits(concurrency=0))
    assert _throttled(bench, bench.function(WHERE)) == "ConcurrentInvocationLimitExceeded"


def test_a_call_that_cannot_start_gives_its_place_back(make: Callable[..., ScalingBench]) -> None:
    bench = make(limits=Limits(concurrency=1))
    for _ in range(3):
        with pytest.raises(Exception, match="cobol74"):
            bench.invoke(bench.function(WHERE, runtime="cobol74"))
    assert bench.invoke(bench.function("raise RuntimeError('no')")).error
    assert not bench.invoke(bench.function(WHERE)).error


def test_deleted_and_reset_functions_hold_nothing_back(make: Callable[..., ScalingBench]) -> None:
    bench = make()
    function = bench.function(WHERE)
    bench.engine.account(function.arn).reserve(function.arn, 0)
    bench.engine.forget(function.arn)
    bench.where(function)
    bench.engine.account(function.arn).reserve(function.arn, 0)
    bench.engine.reset()
    bench.where(function)


# Provisioned concurrency ------------------------------------------------------------------------------------------


def test_provisioned_environments_are_ready_before_the_first_call(make: Callable[..., ScalingBench]) -> None:
    bench = make()
    function = bench.function(WHERE, version="1")
    bench.engine.provision(function, 1)
    bench.engine.settle()
    assert bench.engine.provisioned(function.arn, "1").status == "READY"
    (environment,) = bench.started(function)
    assert bench.events[-1].environment == environment.environment
    assert bench.where(function) == (environment.environment, "provisioned-concurrency")
    assert bench.where(function) == (environment.environment, "provisioned-concurrency")
    assert [event.cold for event in bench.events if isinstance(event, InvocationStarted)] == [False, False]


def test_nobody_waits_for_a_provisioned_init_and_nobody_is_billed_for_it(make: Callable[..., ScalingBench]) -> None:
    bench = make()
    function = bench.function("import time\ntime.sleep(0.5)\nhandler = lambda event, context: None", version="1")
    bench.engine.provision(function, 1)
    bench.engine.settle()
    outcome = bench.invoke(function)
    assert outcome.init_ms is None
    assert outcome.billed_ms < 500
    assert "Init Duration: " in outcome.log  # as people's logs have it
    assert "Init Duration: " not in bench.invoke(function).log


def test_without_provisioned_environments_a_call_starts_one_on_demand(make: Callable[..., ScalingBench]) -> None:
    bench = make()
    function = bench.function(WHERE, version="1")
    assert bench.engine.provisioned(function.arn, "1").requested == 0
    assert bench.where(function)[1] == "on-demand"
    assert bench.where(bench.function(WHERE))[1] == "on-demand"


def test_a_provisioned_init_may_take_longer_than_ten_seconds(make: Callable[..., ScalingBench]) -> None:
    bench = make()
    function = bench.function(WHERE, timeout_s=900)
    environment = bench.engine._environments.new(function, lambda event: None)
    assert environment.init_limit_s == 10
    environment.initialization_type = "provisioned-concurrency"
    assert environment.init_limit_s == 900
    environment.stop("test")
    longest = bench.engine._environments.new(bench.function(WHERE, timeout_s=1_800), lambda event: None)
    longest.initialization_type = "provisioned-concurrency"
    assert longest.init_limit_s == 900
    longest.stop("test")
    quick = bench.engine._environments.new(bench.function(WHERE), lambda event: None)
    quick.initialization_type = "provisioned-concurrency"
    assert quick.init_limit_s == 130
    quick.stop("test")


def test_a_provisioned_environment_that_dies_is_replaced(make: Callable[..., ScalingBench]) -> None:
    bench = make()
    function = bench.function("def handler(event, context): raise SystemExit(3)", version="1")
    bench.engine.provision(function, 1)
    bench.engine.settle()
    assert bench.invoke(function).error_type == "Runtime.ExitError"
    bench.engine.settle()
    assert len(bench.started(function)) == 2
    assert bench.engine.provisioned(function.arn, "1").allocated == 1


def test_a_function_that_does_not_initialise_is_not_tried_for_ever(make: Callable[..., ScalingBench]) -> None:
    bench = make()
    broken = bench.function("raise RuntimeError('no')", version="1")
    bench.engine.provision(broken, 2)
    bench.engine.settle()
    state = bench.engine.provisioned(broken.arn, "1")
    assert (state.status, state.allocated, state.failure) == ("FAILED", 0, "FUNCTION_ERROR_INIT_FAILURE")
    assert len(bench.started(broken)) == 1
    strange = bench.function(WHERE, version="1", runtime="cobol74")
    bench.engine.provision(strange, 1)
    bench.engine.settle()
    assert "cobol74" in (bench.engine.provisioned(strange.arn, "1").failure or "")


def test_after_a_reset_nothing_happens_any_more(make: Callable[..., ScalingBench]) -> None:
    bench = make()
    function = bench.function(WHERE, version="1")
    bench.engine.provision(function, 5)
    bench.engine.reset()
    seen = len(bench.events)
    bench.engine.settle()
    assert bench.events[seen:] == []
    assert bench.engine.environments() == []
    assert len(bench.started(function)) <= len(bench.stopped(function)) <= 5


def test_fewer_provisioned_environments(make: Callable[..., ScalingBench]) -> None:
    bench = make()
    function = bench.function(WHERE, version="1")
    bench.engine.provision(function, 3)
    bench.engine.settle()
    bench.engine.provision(function, 1)
    assert len(bench.engine.environments(function.arn)) == 1
    bench.engine.provision(function, 0)
    assert bench.engine.environments(function.arn) == []
    assert bench.reasons() == {"provisioned concurrency was reduced": 3}


# Lifetimes --------------------------------------------------------------------------------------------------------


def test_an_idle_environment_is_retired(make: Callable[..., ScalingBench]) -> None:
    bench = make()
    function = bench.function(WHERE)
    bench.where(function)
    bench.clock.advance(seconds=599)
    first, _ = bench.where(function)
    bench.clock.advance(seconds=599)
    assert [each.id for each in bench.engine.environments()] == [first]
    bench.clock.advance(seconds=2)
    assert bench.engine.environments() == []
    assert bench.reasons() == {"idle": 1}
    assert bench.where(function)[0] != first


def test_lifetimes_can_be_chosen(make: Callable[..., ScalingBench]) -> None:
    bench = make(lifetimes=Lifetimes(idle_s=5, age_s=12))
    function = bench.function(WHERE)
    for _ in range(4):
        bench.where(function)
        bench.clock.advance(seconds=4)
    assert bench.reasons() == {"maximum age": 1}  # although it was never idle for long
    assert len(bench.started(function)) == 2


def test_an_engine_without_a_labs_clock_retires_when_the_next_call_comes() -> None:
    bench = Bench("inline", Engine(InlineEnvironments(variables), lifetimes=Lifetimes(idle_s=0)))
    function = bench.function(WHERE)
    bench.invoke(function)
    assert [each.state for each in bench.engine.environments()] == ["idle"]
    bench.invoke(function)
    assert [event.reason for event in bench.stopped(function)] == ["idle"]
    bench.engine.close()


def test_an_update_ends_idle_environments(make: Callable[..., ScalingBench]) -> None:
    bench = make()
    before = bench.function(WHERE, name="hello", revision="1")
    after = bench.function(WHERE, name="hello", revision="2")
    first, _ = bench.where(before)
    second, _ = bench.where(after)
    assert first != second
    assert bench.reasons() == {"the function was updated": 1}


# Nothing is lost --------------------------------------------------------------------------------------------------


def test_an_environment_that_was_killed_in_its_sleep_costs_no_call() -> None:
    bench = ScalingBench("process")
    function = bench.function(WHERE)
    first, _ = bench.where(function)
    (member,) = bench.engine._pools[function.key]._idle
    assert isinstance(member.environment, ProcessEnvironment)
    process = member.environment._process
    assert process is not None
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    second, _ = bench.where(function)
    assert second != first
    assert bench.reasons() == {"the runtime ended": 1}
    bench.engine.close()


def test_under_load_and_random_kills_every_call_ends_and_every_environment_is_accounted_for() -> None:
    """Six callers, five places, processes killed at random: each call ends in a result or an error."""
    bench = ScalingBench("process", limits=Limits(concurrency=5, unreserved_minimum=0))
    function = bench.function("def handler(event, context): return event", name="storm", timeout_s=20)
    account = bench.engine.account(function.arn)
    running: list[int] = []
    killed: set[int] = set()
    throttles: list[str] = []
    somebody_ended = threading.Condition()
    dice = random.Random(7)

    def kill() -> None:
        pool = bench.engine._pools.get(function.key)
        members = [] if pool is None else [*pool._idle, *pool._busy]
        processes = [getattr(member.environment, "_process", None) for member in members]
        alive = [process for process in processes if process is not None and process.returncode is None]
        if alive:
            victim = dice.choice(alive)
            victim.kill()
            killed.add(victim.pid)

    def call(number: int) -> str:
        while True:
            if number % 4 == 0:
                kill()
            try:
                outcome = bench.invoke(function, number)
            except Throttled as throttled:
                throttles.append(throttled.reason)
                with somebody_ended:
                    somebody_ended.wait(0.05)
                continue
            finally:
                running.append(account.running(function.arn))
            with somebody_ended:
                somebody_ended.notify()
            if outcome.error:
                return str(outcome.error_type)
            assert json.loads(outcome.payload) == number
            return "result"

    with ThreadPoolExecutor(6) as callers:
        ends = Counter(callers.map(call, range(120)))

    assert sum(ends.values()) == 120
    assert ends.keys() <= {"result", "Runtime.ExitError"}
    assert ends["result"] > 60
    assert len(killed) > 5
    assert set(throttles) <= {"ConcurrentInvocationLimitExceeded"}
    assert max(running) <= 5
    assert account.running(function.arn) == 0
    assert bench.engine._pools[function.key]._busy == set()
    assert {each.state for each in bench.engine.environments()} <= {"idle"}
    bench.engine.close()
    started = {event.environment for event in bench.events if isinstance(event, EnvironmentStarted)}
    stopped = Counter(event.environment for event in bench.events if isinstance(event, EnvironmentStopped))
    assert stopped == dict.fromkeys(started, 1)
