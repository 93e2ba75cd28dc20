"""The soak in small: what `make bench` does with ten thousand messages."""

from __future__ import annotations

import pytest

from tools.bench import soak


@pytest.mark.source("All mappings", "nothing is lost when functions fail and environments are killed")
def test_every_message_is_processed_or_given_up_whatever_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soak, "KILL_EVERY_S", 0.1)
    counts = list(soak.run(300))
    assert [count.source for count in counts] == ["SQS", "DynamoDB Streams", "Kinesis"]
    for count in counts:
        told = f"{count.source}: {len(count.times)} processed, {len(count.given_up)} given up, {count.killed} killed"
        print(told)
        assert count.lost == set(), told
        assert {"bad-7", "bad-107", "bad-207"} <= count.given_up - set(count.times), told
    assert sum(count.killed for count in counts) > 0
