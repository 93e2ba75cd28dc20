"""The limits on concurrency: never more running than allowed, never throttled when there is room."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from lambdalab.runtime.admission import CONCURRENT, RESERVED, Account, CannotReserve, Limits, Permit, Throttled

ACCOUNT = "arn:aws:lambda:us-east-1:123456789012:function"
F, G = f"{ACCOUNT}:f", f"{ACCOUNT}:g"
SMALL = Limits(concurrency=10, unreserved_minimum=2)


def _reason(account: Account, name: str = F, **how: object) -> str:
    with pytest.raises(Throttled) as caught:
        account.admit(name, **how)  # type: ignore[arg-type]
    return caught.value.reason


def test_functions_share_the_concurrency_of_the_account() -> None:
    account = Account(SMALL)
    permits = [account.admit(F) for _ in range(6)] + [account.admit(G) for _ in range(4)]
    assert _reason(account, F) == _reason(account, G) == CONCURRENT
    permits[0].release()
    account.admit(G)


def test_a_permit_is_released_once() -> None:
    account = Account(Limits(concurrency=1))
    permit = account.admit(F)
    permit.release()
    permit.release()
    account.admit(F)
    assert account.running(F) == 1
    assert _reason(account) == CONCURRENT


def test_reserved_concurrency_is_a_limit_and_a_promise() -> None:
    account = Account(SMALL)
    account.reserve(F, 3)
    for _ in range(7):
        account.admit(G)
    assert _reason(account, G) == CONCURRENT
    for _ in range(3):
        account.admit(F)
    assert _reason(account, F) == RESERVED


def test_zero_turns_a_function_off_and_none_gives_back() -> None:
    account = Account(SMALL)
    account.reserve(F, 0)
    assert _reason(account) == RESERVED
    account.reserve(F, None)
    account.admit(F)
    assert account.reserved(F) is None


@pytest.mark.parametrize(("limits", "most"), [(Limits(), 900), (Limits(concurrency=150), 50), (SMALL, 8)])
def test_some_concurrency_stays_unreserved(limits: Limits, most: int) -> None:
    account = Account(limits)
    account.reserve(F, most)
    account.reserve(F, most)  # again: it is the function's already
    with pytest.raises(CannotReserve) as caught:
        account.reserve(G, 1)
    assert str(caught.value) == (
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below "
        f"its minimum value of [{limits.unreserved_minimum}]."
    )
    assert account.reserved(G) is None
    account.reserve(F, 0)
    account.reserve(G, most)


def test_a_new_account_with_a_small_quota_can_reserve_nothing() -> None:
    with pytest.raises(CannotReserve, match=r"below its minimum value of \[10\]\.$"):
        Account(Limits(concurrency=10)).reserve(F, 1)


def test_provisioned_concurrency_is_set_aside_and_the_rest_spills_over() -> None:
    account = Account(SMALL)
    account.provision(F, "1", 4)
    assert account.unreserved == 6
    for _ in range(6):
        account.admit(G)
    assert _reason(account, F) == CONCURRENT  # spill-over finds nothing left
    for _ in range(4):
        account.admit(F, provisioned=True)


def test_provisioned_concurrency_is_part_of_the_functions_reserved() -> None:
    account = Account(SMALL)
    account.reserve(F, 5)
    account.provision(F, "1", 3)
    account.provision(F, "2", 2)
    assert account.unreserved == 5
    assert _reason(account) == RESERVED  # all of it waits for versions 1 and 2
    account.provision(F, "2", 0)
    account.admit(F)
    account.admit(F)
    assert _reason(account) == RESERVED
    for _ in range(3):
        account.admit(F, provisioned=True)
    assert _reason(account, provisioned=True) == RESERVED


def test_what_cannot_be_provisioned_is_refused_in_the_words_of_aws() -> None:
    account = Account(SMALL)
    with pytest.raises(CannotReserve, match=r"greater than account's unreserved concurrency \[10\]\.$"):
        account.provision(F, "1", 11)
    with pytest.raises(CannotReserve) as caught:
        account.provision(F, "1", 9)
    assert str(caught.value) == (
        "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its "
        "minimum value of [2]."
    )
    account.reserve(F, 2)
    account.provision(F, "1", 1)
    with pytest.raises(CannotReserve) as caught:
        account.provision(F, "2", 2)
    assert str(caught.value) == (
        "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function"
    )
    with pytest.raises(CannotReserve, match=r"should not be lower than function's total provisioned concurrency \[1\]"):
        account.reserve(F, 0)
    account.provision(F, "1", 2)


def test_a_deleted_function_holds_nothing_back() -> None:
    account = Account(SMALL)
    account.reserve(F, 5)
    account.provision(F, "1", 3)
    permit = account.admit(F)
    account.forget(F)
    assert account.unreserved == 10
    assert account.running(F) == 1
    permit.release()
    account.forget(F)
    account.forget("never seen")
    assert account.running(F) == 0


def test_a_function_gains_a_thousand_environments_at_once_and_as_many_in_ten_seconds() -> None:
    account = Account(Limits(concurrency=5000))

    def grow(now: float, name: str = F) -> int:
        gained = 0
        with suppress(Throttled):
            while True:
                account.admit(name, new_environment=True, now=now)
                gained += 1
        return gained

    assert grow(100.0) == 1000
    assert _reason(account, new_environment=True, now=100.0) == CONCURRENT
    assert grow(100.0, G) == 1000  # each function on its own
    assert grow(101.0) == 100  # refilled evenly
    assert grow(104.5) == 350
    assert grow(1000.0) == 1000  # what was not used does not add up
    assert grow(999.0) == 0


def test_growing_too_fast_takes_no_place() -> None:
    account = Account(Limits(burst=0))
    assert _reason(account, new_environment=True) == CONCURRENT
    assert account.running(F) == 0
    account.admit(F)  # a warm environment needs no new one


class Accounting(RuleBasedStateMachine):
    """Any order of starts, ends, reservations and deletions, beside a model that counts."""

    names = st.sampled_from(["f", "g", "h"])
    limits = Limits(concurrency=12, unreserved_minimum=3, burst=4, burst_seconds=2)

    def __init__(self) -> None:
        super().__init__()
        self.account = Account(self.limits)
        self.permits: list[tuple[str, bool, Permit]] = []
        self.reserved: dict[str, int] = {}
        self.provisioned: dict[tuple[str, str], int] = {}
        self.now = 0.0
        self.started: list[tuple[str, float]] = []

    def count(self, name: str, provisioned: bool | None = None) -> int:
        return sum(n == name and provisioned in (None, p) for n, p, _ in self.permits)

    def all_provisioned(self, name: str) -> int:
        return sum(count for (n, _), count in self.provisioned.items() if n == name)

    def unreserved(self) -> int:
        aside = sum(self.reserved.values())
        return 12 - aside - sum(count for (n, _), count in self.provisioned.items() if n not in self.reserved)

    def unreserved_running(self) -> int:
        return sum(n not in self.reserved and not p for n, p, _ in self.permits)

    def on_demand_room(self, name: str) -> bool:
        if name in self.reserved:
            room = self.reserved[name] - self.all_provisioned(name)
            return self.count(name) < self.reserved[name] and self.count(name, False) < room
        return self.unreserved_running() < self.unreserved()

    @rule(name=names)
    def start(self, name: str) -> None:
        room = self.on_demand_room(name)
        if room:
            self.permits.append((name, False, self.account.admit(name)))
        else:
            assert _reason(self.account, name) == (RESERVED if name in self.reserved else CONCURRENT)

    @rule(name=names)
    def start_provisioned(self, name: str) -> None:
        if self.count(name, True) >= self.all_provisioned(name):
            return  # the pool has no such environment free
        if name in self.reserved and self.count(name) >= self.reserved[name]:  # it was lowered while calls ran
            assert _reason(self.account, name, provisioned=True) == RESERVED
        else:
            self.permits.append((name, True, self.account.admit(name, provisioned=True)))

    @rule(name=names)
    def start_cold(self, name: str) -> None:
        room = self.on_demand_room(name)
        try:
            permit = self.account.admit(name, new_environment=True, now=self.now)
        except Throttled:
            recent = [at for n, at in self.started if n == name and at > self.now - 2]
            assert not room or recent
        else:
            assert room
            self.permits.append((name, False, permit))
            self.started.append((name, self.now))

    @precondition(lambda self: self.permits)
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        index = data.draw(st.integers(0, len(self.permits) - 1))
        self.permits.pop(index)[2].release()

    @rule(name=names, concurrency=st.one_of(st.none(), st.integers(0, 12)))
    def reserve(self, name: str, concurrency: int | None) -> None:
        with suppress(CannotReserve):
            self.account.reserve(name, concurrency)
            self.reserved.pop(name, None)
            if concurrency is not None:
                self.reserved[name] = concurrency

    @rule(name=names, version=st.sampled_from(["1", "2"]), concurrency=st.integers(0, 6))
    def provision(self, name: str, version: str, concurrency: int) -> None:
        with suppress(CannotReserve):
            self.account.provision(name, version, concurrency)
            self.provisioned[name, version] = concurrency

    @rule(name=names)
    def delete(self, name: str) -> None:
        self.account.forget(name)
        self.reserved.pop(name, None)
        self.provisioned = {key: count for key, count in self.provisioned.items() if key[0] != name}
        self.started = [each for each in self.started if each[0] != name]

    @rule(seconds=st.floats(0, 3))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @invariant()
    def counts_agree(self) -> None:
        assert self.account.unreserved == self.unreserved()
        for name in ("f", "g", "h"):
            assert self.account.running(name) == self.count(name)
            assert self.account.reserved(name) == self.reserved.get(name)

    @invariant()
    def some_stays_unreserved(self) -> None:
        assert self.unreserved() >= 3

    @invariant()
    def nothing_grows_too_fast(self) -> None:
        for name in ("f", "g", "h"):
            recent = [at for n, at in self.started if n == name and at > self.now - 2]
            assert len(recent) <= 8  # a full bucket, and what two seconds refill


TestAccounting = Accounting.TestCase
TestAccounting.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
