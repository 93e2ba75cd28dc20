"""Messages that were received in one call become visible in the same moment: they come back as one batch."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from lambdalab.services.sqs import backend, polling, queues

from ..conftest import HERE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest

    from lambdalab import Lab


def test_what_was_received_together_comes_back_together(
    lab: Lab, client: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = client("sqs").create_queue(QueueName="orders")["QueueUrl"]
    entries = [{"Id": str(number), "MessageBody": "order"} for number in range(10)]
    client("sqs").send_message_batch(QueueUrl=url, Entries=entries)

    def slow(at: float) -> Iterator[float]:
        while True:
            yield (at := at + 7)  # a machine that takes 7 ms for each message

    ticks = slow(lab.clock.time() * 1000)
    monkeypatch.setattr("moto.sqs.models.unix_time_millis", lambda: next(ticks))
    queue = backend.find_queue(f"arn:aws:sqs:{HERE}:orders")
    assert queue is not None
    found = queues.receive(lab._parts.pollers, queue, 10, 30, lab.clock.time() * 1000)
    assert len(found) == 10
    assert len({message.visible_at for message in found}) == 1


def test_a_message_that_can_be_received_now_is_due_on_a_clock_that_has_not_moved_since(
    lab: Lab, client: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A browser's clock shows the same millisecond for many steps, and seconds are not exact in binary."""
    url = client("sqs").create_queue(QueueName="orders")["QueueUrl"]
    client("sqs").send_message(QueueUrl=url, MessageBody="order")
    queue = backend.find_queue(f"arn:aws:sqs:{HERE}:orders")
    assert queue is not None
    reader: Any = SimpleNamespace(source_arn=queue.queue_arn, clock=lab.clock, pollers=lab._parts.pollers)
    start = lab.clock.time()
    for now in (start + number / 997 for number in range(1000)):
        monkeypatch.setattr(lab.clock, "time", lambda now=now: now)
        due = polling._PolledQueue(reader).next_visible()
        assert due is not None
        assert due <= now
