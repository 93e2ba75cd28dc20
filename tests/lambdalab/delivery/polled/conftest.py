"""A function and a queue, in both forms of the lab (`account`, one folder up)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.lambdalab.packages import allowing

if TYPE_CHECKING:
    from lambdalab.delivery.events import PolledEvent
    from tests.lambdalab.delivery.conftest import Account

HERE = "us-east-1:123456789012"
READS = allowing(
    "sqs:*",
    "sns:*",
    "s3:*",
    "kinesis:*",
    "dynamodb:*",
)

WORKER = """
import json
def handler(event, context):
    bodies = [record["body"] for record in event["Records"]]
    print("GOT " + json.dumps(bodies))
    if "poison" in bodies:
        raise ValueError("poison")
"""
REPORTER = """
import json
def handler(event, context):
    print("GOT " + json.dumps([record["body"] for record in event["Records"]]))
    bad = [record["messageId"] for record in event["Records"] if record["body"].startswith("bad")]
    return {"batchItemFailures": [{"itemIdentifier": name} for name in bad]}
"""
REMEMBERS = """
import json
def handler(event, context):
    print("EVENT " + json.dumps(event))
"""


@dataclass
class Wiring:
    """What the tests of this folder do with an account."""

    account: Account
    urls: dict[str, str] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        return self.account.client(service)

    def function(self, source: str = WORKER, name: str = "worker", **more: Any) -> str:
        return self.account.create(source, name, **{"Role": self.account.lab.role(f"{name}-role", READS), **more})

    def queue(self, name: str = "jobs", **attributes: str) -> str:
        """A queue; its ARN."""
        self.urls[name] = self.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        return f"arn:aws:sqs:{HERE}:{name}"

    def queue_with_dead_letters(self, most: int = 3, name: str = "jobs", **attributes: str) -> str:
        """A queue with a dead-letter queue, `dead` (or `dead.fifo`)."""
        fifo = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
        dead = self.queue("dead.fifo" if fifo else "dead", **fifo)
        policy = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": most})
        return self.queue(name, RedrivePolicy=policy, **fifo, **attributes)

    def map(self, source: str, name: str = "worker", **settings: Any) -> str:
        """An event source mapping; its UUID."""
        answer = self.client("lambda").create_event_source_mapping(FunctionName=name, EventSourceArn=source, **settings)
        return str(answer["UUID"])

    def send(self, *bodies: str, queue: str = "jobs", **more: Any) -> None:
        """Messages, ten in a call."""
        for first in range(0, len(bodies), 10):
            entries = [
                {"Id": str(number), "MessageBody": body, **more}
                for number, body in enumerate(bodies[first : first + 10])
            ]
            self.client("sqs").send_message_batch(QueueUrl=self.urls[queue], Entries=entries)

    def left(self, queue: str = "jobs") -> int:
        """How many messages a queue has, hidden ones too."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.client("sqs").get_queue_attributes(QueueUrl=self.urls[queue], AttributeNames=names)
        return sum(int(value) for value in found["Attributes"].values())

    def batches(self, name: str = "worker") -> list[list[str]]:
        """The bodies that the function got, batch by batch, after everything has settled."""
        self.account.lab.settle()
        return [json.loads(line[4:]) for line in self.account.said(name) if line.startswith("GOT ")]

    def got(self, name: str = "worker") -> list[str]:
        """All of them, sorted: batches that run at once have no order."""
        return sorted(body for batch in self.batches(name) for body in batch)

    def events(self, name: str = "worker") -> list[Any]:
        """The events that a function got that prints them."""
        self.account.lab.settle()
        return [json.loads(line[6:]) for line in self.account.said(name) if line.startswith("EVENT ")]

    def later(self, **time: float) -> None:
        self.account.lab.clock.advance(**time)

    def told(self, kind: type[PolledEvent]) -> list[Any]:
        """What pollers published, of one kind."""
        return [event for event in self.account.lab.events() if isinstance(event, kind)]


@pytest.fixture
def wiring(account: Account) -> Wiring:
    return Wiring(account)
