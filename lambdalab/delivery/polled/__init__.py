"""Polled delivery: event source mappings. Lambda reads from queues and streams, and invokes with what it read.

    queue  ── receive ─▶ batch ─▶ function ─▶ delete what succeeded; the rest shows up again
    stream ── read ────▶ batch ─▶ function ─▶ checkpoint; or retry, split, discard

- `mapping.py`: what a mapping's configuration says
- `pollers.py`: runs the pollers of all mappings, and waits for them
- `queues.py`: the poller of a queue
- `streams.py`: the poller of a stream; `shards.py`: what a stream is made of; `shard_order.py`: what must stay in order
- `responses.py`: which records of a batch a function says it could not process
- `discarded.py`: what an on-failure destination is told

Nothing here sleeps or looks at a source again and again: a source says when it changed, and all that waits (a batching
window, a message that becomes visible again, a retry) is a timer of the lab's clock.
"""

from __future__ import annotations

from .mapping import CannotPoll, Mapping, SourceGone
from .pollers import Pollers
from .queues import Message, Queue, QueuePoller
from .shards import Record, Shard, Stream
from .streams import StreamPoller

__all__ = [
    "CannotPoll",
    "Mapping",
    "Message",
    "Pollers",
    "Queue",
    "QueuePoller",
    "Record",
    "Shard",
    "SourceGone",
    "Stream",
    "StreamPoller",
]
