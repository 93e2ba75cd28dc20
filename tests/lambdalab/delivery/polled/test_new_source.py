"""A new event source is one `polling.py`: Amazon MQ, made up here, through the API of event source mappings."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lambdalab import rooms
from lambdalab.delivery.polled import Consumer, EventSource, InvalidParameterValue, Message, QueuePoller
from lambdalab.event_patterns.mapping_filters import RecordFormat

from .conftest import REMEMBERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lambdalab.delivery.polled import Credentials, FunctionToCheck

    from .conftest import Wiring

BROKER = "arn:aws:mq:us-east-1:123456789012:broker:orders:b-1"
_DEFAULTS = {"BatchSize": 100, "MaximumBatchingWindowInSeconds": 0}


class Broker:
    """Keeps messages until they are deleted."""

    def __init__(self) -> None:
        self.messages = [
            Message("1", "1", {"messageID": "1", "data": "b25l"}, float("inf")),
            Message("2", "2", {"messageID": "2", "data": "dHdv"}, float("inf")),
        ]
        self.received: set[str] = set()

    def next_visible(self) -> float | None:
        return 0.0 if any(message.id not in self.received for message in self.messages) else None

    def receive(self, most: int, credentials: Credentials) -> Sequence[Message]:
        found = [message for message in self.messages if message.id not in self.received][:most]
        self.received |= {message.id for message in found}
        return found

    def delete(self, messages: Sequence[Message], credentials: Credentials) -> None:
        self.messages = [message for message in self.messages if message not in messages]


class Brokers(EventSource):
    """Amazon MQ as an event source."""

    defaults = _DEFAULTS
    own_settings = frozenset({"Queues", "SourceAccessConfigurations"})
    record_format = RecordFormat(payload="data", base64=True)

    def __init__(self, broker: Broker) -> None:
        self.broker = broker

    def check_arn(self, arn: str) -> None:
        pass

    def check_start(self, arn: str, position: str | None, timestamp: float | None) -> None:
        pass

    def check_settings(self, arn: str, settings: Mapping[str, Any]) -> None:
        if not settings.get("Queues"):
            raise InvalidParameterValue("A broker has queues.")

    def check_access(self, arn: str, function: FunctionToCheck) -> None:
        pass

    def event(self, records: Sequence[dict[str, Any]]) -> dict[str, Any]:
        return {"eventSource": "aws:mq", "eventSourceArn": BROKER, "messages": list(records)}

    def poller(self, consumer: Consumer) -> QueuePoller:
        return QueuePoller(consumer, self.broker)


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    broker, real = Broker(), rooms.part
    polling = types.SimpleNamespace(SOURCE=Brokers(broker))
    monkeypatch.setattr(
        rooms, "part", lambda service, name: polling if (service, name) == ("mq", "polling") else real(service, name)
    )
    return broker


def test_a_source_of_a_new_room_is_mapped_polled_and_shown(wiring: Wiring, broker: Broker) -> None:
    wiring.function(REMEMBERS)
    secret = {"Type": "BASIC_AUTH", "URI": "arn:aws:secretsmanager:us-east-1:123456789012:secret:broker-1"}
    mapping = wiring.map(BROKER, Queues=["orders"], SourceAccessConfigurations=[secret])
    assert wiring.events() == [
        {
            "eventSource": "aws:mq",
            "eventSourceArn": BROKER,
            "messages": [{"messageID": "1", "data": "b25l"}, {"messageID": "2", "data": "dHdv"}],
        }
    ]
    assert broker.messages == []
    shown = wiring.client("lambda").get_event_source_mapping(UUID=mapping)
    assert (shown["Queues"], shown["BatchSize"], shown["State"]) == (["orders"], 100, "Enabled")


def test_a_source_of_a_new_room_refuses_in_the_words_of_its_own(wiring: Wiring, broker: Broker) -> None:
    wiring.function()
    with pytest.raises(ClientError, match=r"A broker has queues\.") as refusal:
        wiring.map(BROKER)
    assert refusal.value.response["Error"]["Code"] == "InvalidParameterValueException"
    with pytest.raises(ClientError, match=r"Kafka \(Topics\) is not part of this lab"):
        wiring.map(BROKER, Queues=["a"], Topics=["clicks"])


def test_without_its_room_the_source_is_not_part_of_the_lab(wiring: Wiring) -> None:
    wiring.function()
    with pytest.raises(ClientError, match="Amazon MQ as an event source is not part of this lab"):
        wiring.map(BROKER, Queues=["orders"])
