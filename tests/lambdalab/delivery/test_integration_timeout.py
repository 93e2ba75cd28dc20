"""What comes too late has come too late, also when nobody looked at the clock in time."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from lambdalab.delivery.integration_timeout import IntegrationTimeout, TooLate


@pytest.mark.parametrize("threads", [True, False], ids=["server", "page"])
def test_an_answer_after_the_time_is_none_however_late_one_looks(
    threads: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 1.5])  # when the call begins, and when it has answered: at once, for all who wait
    monkeypatch.setattr("lambdalab.delivery.integration_timeout.time", SimpleNamespace(monotonic=lambda: next(clock)))
    with pytest.raises(TooLate):
        IntegrationTimeout(threads=threads).within(1, lambda: "late")


@pytest.mark.parametrize("threads", [True, False], ids=["server", "page"])
def test_an_answer_in_time_counts(threads: bool) -> None:
    assert IntegrationTimeout(threads=threads).within(600, lambda: "in time") == "in time"


def test_what_is_not_answered_in_time_is_not_waited_for_and_settle_does() -> None:

    go, patience = threading.Event(), IntegrationTimeout(threads=True)
    with pytest.raises(TooLate):
        patience.within(0.01, go.wait)
    assert patience.busy
    go.set()
    patience.settle(60)
    assert not patience.busy
