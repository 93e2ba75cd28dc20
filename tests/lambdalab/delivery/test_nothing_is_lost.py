"""Whatever is accepted ends: in success, or where its function's policy sends failures. Also when environments die."""

from __future__ import annotations

import collections
import contextlib
import os
import random
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from lambdalab.delivery.events import EventDropped, EventQueued, EventRetried, EventSucceeded

if TYPE_CHECKING:
    from .conftest import Account

EVENTS = 200
HANDLER = """
failed = set()
def handler(event, context):
    if event["fails"] == "always" or (event["fails"] == "perhaps" and event["n"] not in failed):
        failed.add(event["n"])  # in this environment; another one fails once more
        raise ValueError(event["n"])
    return event["n"]
"""


def _children() -> list[int]:
    """The processes that this one has started: execution environments."""
    found: set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):  # the thread has ended meanwhile
            found |= {int(pid) for pid in (task / "children").read_text().split()}
    return sorted(found)


def test_every_accepted_event_ends_as_its_policy_says(account: Account) -> None:
    chance = random.Random(7)
    dead_letters, failures, successes = account.queue("dead"), account.queue("failures"), account.queue("successes")
    account.create(HANDLER, DeadLetterConfig={"TargetArn": dead_letters})
    account.configure(
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": failures}, "OnSuccess": {"Destination": successes}},
    )
    before = set(_children()) if account.kind == "server" else set()
    accepted: set[str] = set()
    always: set[str] = set()
    killed = 0
    for n in range(EVENTS):
        fails = chance.choice(["always", "perhaps", "never"])
        request_id = account.send({"n": n, "fails": fails})
        accepted.add(request_id)
        if fails == "always":
            always.add(request_id)
        environments = [pid for pid in _children() if pid not in before] if account.kind == "server" else []
        if environments and chance.random() < 0.15:
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(environments), signal.SIGKILL)
                killed += 1
    account.lab.clock.advance(minutes=2)
    account.lab.settle()

    assert len(accepted) == EVENTS
    assert killed > 0 or account.kind == "page"
    ends = collections.Counter(
        event.request_id for event in account.events if isinstance(event, EventSucceeded | EventDropped)
    )
    assert {event.request_id for event in account.events if isinstance(event, EventQueued)} == accepted
    assert ends == dict.fromkeys(accepted, 1)  # each ends, and ends once
    succeeded = {event.request_id for event in account.events if isinstance(event, EventSucceeded)}
    assert not succeeded & always

    # What the account's owner can see says the same.
    told = {record["requestContext"]["requestId"]: record["requestContext"] for record in account.records("successes")}
    assert set(told) == succeeded
    failed = [record["requestContext"] for record in account.records("failures")]
    assert sorted(context["requestId"] for context in failed) == sorted(accepted - succeeded)
    assert {(context["condition"], context["approximateInvokeCount"]) for context in failed} == {
        ("RetriesExhausted", 2)
    }
    dead = [message["MessageAttributes"]["RequestID"]["StringValue"] for message in account.messages("dead")]
    assert sorted(dead) == sorted(accepted - succeeded)
    # One retry each, and none for what succeeded at once.
    retries = collections.Counter(event.request_id for event in account.events if isinstance(event, EventRetried))
    assert set(retries.values()) == {1}
    assert set(retries) >= accepted - succeeded
