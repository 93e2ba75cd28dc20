"""Polled delivery: event source mappings. Lambda reads from queues and streams, and invokes with what it read.

    queue  ── receive ─▶ batch ─▶ function ─▶ delete what succeeded; the rest becomes visible again
    stream ── read ────▶ batch ─▶ function ─▶ checkpoint; or retry, split, discard

- `source.py`: the interface of an event source, which a service's room offers in its `polling.py`
- `stream_source.py`: what all streams have in common as event sources
- `mapping.py`: the configuration of a mapping; `credentials.py`: with whose permissions Lambda polls for it
- `pollers.py`: runs the pollers of all mappings, and waits for them
- `queues.py`: the poller of a queue
- `streams.py`: the poller of a stream; `shards.py`: what a stream is made of; `shard_order.py`: what must stay in order
- `responses.py`: which records of a batch the function could not process
- `failure_records.py`: what an on-failure destination gets

Nothing here sleeps, or polls in a loop: a source wakes its pollers when it changes, and every wait (a batching window,
a message that becomes visible again, a retry) is a timer of the lab's clock.
"""

from __future__ import annotations

from .credentials import Credentials, ExecutionRole
from .mapping import CannotPoll, Mapping, SourceGone
from .pollers import Pollers
from .queues import Message, Queue, QueuePoller
from .shards import Record, Shard, Stream
from .source import Consumer, EventSource, FunctionToCheck, InvalidParameterValue, NotInThisLab
from .stream_source import StreamSource
from .streams import StreamPoller

__all__ = [
    "CannotPoll",
    "Consumer",
    "Credentials",
    "EventSource",
    "ExecutionRole",
    "FunctionToCheck",
    "InvalidParameterValue",
    "Mapping",
    "Message",
    "NotInThisLab",
    "Pollers",
    "Queue",
    "QueuePoller",
    "Record",
    "Shard",
    "SourceGone",
    "Stream",
    "StreamPoller",
    "StreamSource",
]
