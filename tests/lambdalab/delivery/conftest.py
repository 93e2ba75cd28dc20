"""A lab in each of its two forms: a server with processes and threads, and, as in the page, neither."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
import pytest

import lambdalab
from lambdalab import lab as lab_module
from tests.lambdalab.conftest import IMPATIENT
from tests.lambdalab.packages import allowing, zipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lambdalab import Lab
    from lambdalab.delivery.events import AsynchronousEvent

TO_DESTINATIONS = allowing(
    "sqs:SendMessage", "sns:Publish", "events:PutEvents", "lambda:InvokeFunction", "s3:PutObject", "s3:ListBucket"
)


@dataclass
class Account:
    """A lab, with what the tests of this folder need of an account."""

    lab: Lab
    kind: str
    events: list[AsynchronousEvent] = field(default_factory=list)

    @functools.cached_property
    def client(self) -> Callable[[str], Any]:
        session = boto3.Session()
        return functools.cache(lambda service: session.client(service, config=IMPATIENT))

    def create(
        self, source: str = "def handler(event, context): return event", name: str = "hello", **more: Any
    ) -> str:
        """A function; its ARN."""
        settings = {
            "FunctionName": name,
            "Runtime": "python3.13",
            "Role": self.lab.role("role", TO_DESTINATIONS),
            "Handler": "app.handler",
            "Code": {"ZipFile": zipped({"app.py": source})},
            "Timeout": 20,
            **more,
        }
        return str(self.client("lambda").create_function(**settings)["FunctionArn"])

    def send(self, event: Any = None, name: str = "hello", **more: Any) -> str:
        """An asynchronous invocation; its request id."""
        answer = self.client("lambda").invoke(
            FunctionName=name, InvocationType="Event", Payload=json.dumps(event), **more
        )
        return str(answer["ResponseMetadata"]["RequestId"])

    def configure(self, name: str = "hello", **settings: Any) -> Any:
        return self.client("lambda").put_function_event_invoke_config(FunctionName=name, **settings)

    def queue(self, name: str = "queue") -> str:
        """An SQS queue, which takes messages from every service; its ARN."""
        services = {"Service": ["sns.amazonaws.com", "events.amazonaws.com"]}
        statement = {"Effect": "Allow", "Principal": services, "Action": "sqs:SendMessage", "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.client("sqs").create_queue(QueueName=name, Attributes={"Policy": policy})
        return f"arn:aws:sqs:us-east-1:123456789012:{name}"

    def messages(self, name: str = "queue") -> list[Any]:
        """What is in a queue, taken out of it."""
        sqs = self.client("sqs")
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        found: list[Any] = []
        while got := sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], WaitTimeSeconds=0
        ).get("Messages"):
            found += got
        return found

    def records(self, name: str = "queue") -> list[Any]:
        """The JSON documents in a queue."""
        return [json.loads(message["Body"]) for message in self.messages(name)]

    def log(self, name: str = "hello") -> list[str]:
        """What the function has written, over all streams."""
        logs = self.client("logs")
        try:
            found = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
        except logs.exceptions.ResourceNotFoundException:
            return []
        return [event["message"] for event in sorted(found, key=lambda event: event["timestamp"])]

    def said(self, name: str = "hello") -> list[str]:
        """What the handler itself has printed."""
        own = ("START ", "END ", "REPORT ", "INIT_START", "[ERROR]", "INIT_REPORT")
        return [line for line in self.log(name) if not line.startswith(own)]


@pytest.fixture(scope="module", params=["server", "page"])
def running(request: pytest.FixtureRequest) -> Iterator[Account]:
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "page":  # what the page does, less what only the page has to do
            patch.setattr(lab_module, "IN_BROWSER", True)
            patch.setattr("lambdalab.browser.install", lambda: None)
            patch.delenv("AWS_ENDPOINT_URL", raising=False)  # a page has none; another test may have left one
            patch.setenv("AWS_ACCESS_KEY_ID", "page")
            patch.setenv("AWS_SECRET_ACCESS_KEY", "page")
        account = Account(lambdalab.start(), request.param)
        account.lab.queue.subscribe(account.events.append)
        yield account
        account.lab.stop()


@pytest.fixture
def account(running: Account) -> Account:
    """The module's account, empty."""
    running.lab.reset()
    running.events.clear()
    return running
