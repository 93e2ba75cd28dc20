"""The lab's clock goes as time goes, and forward when it is told to."""

from __future__ import annotations

import pytest

from lambdalab.clock import Clock


def test_it_shows_real_time_and_what_was_added(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: 1000.0)
    clock = Clock()
    assert clock.time() == 1000.0
    clock.advance(seconds=1, minutes=2, hours=3, days=4)
    assert clock.time() == 1000.0 + 1 + 120 + 3 * 3600 + 4 * 86400


def test_time_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="the lab's clock cannot go back by 60 seconds"):
        Clock().advance(minutes=-1)
