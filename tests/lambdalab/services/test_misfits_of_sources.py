"""The rooms of Lambda's event sources say what moto does not have, before anything fails because of it."""

from __future__ import annotations

import pytest
from moto.dynamodb.models import table as tables
from moto.kinesis import models as kinesis_models
from moto.sqs import models as sqs_models

from lambdalab.services.dynamodb import backend as dynamodb
from lambdalab.services.kinesis import backend as kinesis
from lambdalab.services.sqs import backend as sqs


@pytest.mark.parametrize("backend", [sqs, kinesis, dynamodb], ids=["sqs", "kinesis", "dynamodb"])
def test_the_moto_of_this_lab_has_what_the_rooms_use(backend: object) -> None:
    assert list(backend.misfits()) == []  # type: ignore[attr-defined]


def test_private_state_of_a_queue_that_has_another_name_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    original = sqs_models.Queue.__init__

    def renamed(queue: object, *args: object, **more: object) -> None:
        original(queue, *args, **more)
        vars(queue)["_stored"] = vars(queue).pop("_messages")

    monkeypatch.setattr(sqs_models.Queue, "__init__", renamed)
    assert list(sqs.misfits()) == ["an object of moto.sqs.models.Queue has no _messages"]


def test_a_message_that_is_not_hidden_when_it_is_received_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqs_models.Message, "change_visibility", lambda message, timeout: None)
    assert list(sqs.misfits()) == ["moto.sqs: a message that was received is not hidden for its visibility timeout"]


def test_a_shard_that_loses_its_parent_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    original = kinesis_models.Shard.__init__

    def without_parent(shard: object, *args: object, **more: object) -> None:
        original(shard, *args, **more)
        del vars(shard)["adjacent_parent"]

    monkeypatch.setattr(kinesis_models.Shard, "__init__", without_parent)
    assert list(kinesis.misfits()) == ["an object of moto.kinesis.models.Shard has no adjacent_parent"]


def test_a_table_that_makes_no_shard_for_its_stream_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "StreamShard", lambda account, table: None)
    assert "moto.dynamodb: a table with a stream has no stream_shard" in list(dynamodb.misfits())
