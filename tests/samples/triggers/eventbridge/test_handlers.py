"""The handlers of "EventBridge"."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests.samples.chapter import Chapter

if TYPE_CHECKING:
    from lambdalab import Lab

CHAPTER = Chapter("triggers/eventbridge")


def test_show_prints_what_it_gets(capsys: pytest.CaptureFixture[str]) -> None:
    CHAPTER.load("show").handler({"detail": {"grüß": 1}}, None)
    assert json.loads(capsys.readouterr().out.removeprefix("EVENT ")) == {"detail": {"grüß": 1}}


def test_invoice_needs_a_customer(capsys: pytest.CaptureFixture[str]) -> None:
    handler = CHAPTER.load("invoice").handler
    handler({"detail": {"customer": 'Kat "Kit" J.', "total": 20}}, None)
    assert json.loads(capsys.readouterr().out.removeprefix("EVENT ")) == 'Kat "Kit" J. owes 20'
    with pytest.raises(KeyError):
        handler({"detail": {"total": 20}}, None)


@pytest.fixture
def shop(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("BUS", "shop")
    events = boto3.client("events")
    events.create_event_bus(Name="shop")
    return events


def test_checkout_says_what_was_bought(shop: Any) -> None:
    queue = boto3.client("sqs")
    arn = "arn:aws:sqs:us-east-1:123456789012:inbox"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    url = queue.create_queue(QueueName="inbox", Attributes={"Policy": policy})["QueueUrl"]
    shop.put_rule(Name="all", EventBusName="shop", EventPattern='{"source": ["shop.checkout"]}')
    shop.put_targets(Rule="all", EventBusName="shop", Targets=[{"Id": "1", "Arn": arn}])
    assert CHAPTER.load("checkout").handler({"customer": "Ada", "total": 120}, None) == "thank you"
    [message] = queue.receive_message(QueueUrl=url)["Messages"]
    event = json.loads(message["Body"])
    assert (event["detail-type"], event["detail"]) == ("order placed", {"customer": "Ada", "total": 120})


def test_checkout_does_not_swallow_a_refusal(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    module = CHAPTER.load("checkout")
    refused = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure", "ErrorMessage": "try again"}]}
    monkeypatch.setattr(module.events, "put_events", lambda **_: refused)
    with pytest.raises(RuntimeError, match="try again"):
        module.handler({}, None)
