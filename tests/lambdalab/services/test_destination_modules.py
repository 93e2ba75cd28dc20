"""Every room that others send to has the same `destination.py`; and what rooms use of moto is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lambdalab import rooms
from lambdalab.delivery import destinations
from lambdalab.services.events import destination as events
from lambdalab.services.kinesis import destination as kinesis
from lambdalab.services.lambda_ import destination as lambda_
from lambdalab.services.logs import destination as logs
from lambdalab.services.s3 import destination as s3
from lambdalab.services.sns import destination as sns
from lambdalab.services.sqs import destination as sqs

from .conftest import ACCOUNT, HERE

if TYPE_CHECKING:
    from lambdalab import Lab

# Type checkers compare each with the protocol.
DESTINATIONS: dict[str, tuple[destinations.Destination, str]] = {
    f"arn:aws:events:{HERE}:event-bus/nowhere": (events, "events:PutEvents"),
    f"arn:aws:kinesis:{HERE}:stream/nowhere": (kinesis, "kinesis:PutRecord"),
    f"arn:aws:lambda:{HERE}:function:nowhere": (lambda_, "lambda:InvokeFunction"),
    f"arn:aws:logs:{HERE}:log-group:nowhere": (logs, "logs:PutLogEvents"),
    "arn:aws:s3:::nowhere": (s3, "s3:PutObject"),
    f"arn:aws:sns:{HERE}:nowhere": (sns, "sns:Publish"),
    f"arn:aws:sqs:{HERE}:nowhere": (sqs, "sqs:SendMessage"),
}


@pytest.mark.parametrize("arn", DESTINATIONS)
def test_a_destination_is_found_by_its_arn(lab: Lab, arn: str) -> None:
    module, action = DESTINATIONS[arn]
    found = destinations.of(arn)
    assert found is module
    assert found.required_access(arn).action == action
    assert not destinations.exists(arn, ACCOUNT)
    assert found.missing(arn)


def test_these_are_all_destinations() -> None:
    assert {module for module, _ in DESTINATIONS.values()} == set(rooms.parts("destination"))


@pytest.mark.parametrize("arn", ["", "nowhere", f"arn:aws:dynamodb:{HERE}:table/t", f"arn:aws:made-up:{HERE}:x"])
def test_other_arns_lead_nowhere(lab: Lab, arn: str) -> None:
    assert destinations.find(arn) is None
    assert not destinations.exists(arn, ACCOUNT)
    with pytest.raises(destinations.CannotDeliver):
        destinations.of(arn)


@pytest.mark.parametrize("service", ["events", "logs", "s3", "scheduler", "sns"])
def test_moto_has_what_a_room_uses(lab: Lab, service: str) -> None:
    assert list(rooms.part(service, "backend").misfits()) == []
