"""Operations on buses and patterns that moto lacks, or answers too little to.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_UpdateEventBus.html
https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from lambdalab.event_patterns.matching import InvalidPattern, matches

from . import backend

if TYPE_CHECKING:
    from collections.abc import Callable

    from .backend import Account, Response


def update_event_bus(response: Response) -> tuple[int, dict[str, str], str]:
    """UpdateEventBus: what is given replaces what was there."""
    bus = response.events_backend.describe_event_bus(backend.parameter(response, "Name"))
    bus.description = backend.parameter(response, "Description")
    bus.kms_key_identifier = backend.parameter(response, "KmsKeyIdentifier")
    bus.dead_letter_config = backend.parameter(response, "DeadLetterConfig")
    answer = {
        "Arn": bus.arn,
        "Name": bus.name,
        "Description": bus.description,
        "KmsKeyIdentifier": bus.kms_key_identifier,
        "DeadLetterConfig": bus.dead_letter_config,
    }
    return 200, {}, json.dumps({name: value for name, value in answer.items() if value})


def event_bus_deleted(original: Callable[..., None]) -> Callable[..., None]:
    """DeleteEventBus: only without rules."""

    def delete_event_bus(account: Account, name: str) -> None:
        bus = account.event_buses.get(name.rpartition("/")[2])
        if bus is not None and bus.name != "default" and bus.rules:
            raise backend.validation_error(f"Event bus {bus.name} cannot be deleted since it has rules.")
        original(account, name)

    return delete_event_bus


def test_event_pattern(response: Response) -> str:
    """TestEventPattern."""
    try:
        result = matches(backend.parameter(response, "EventPattern"), backend.parameter(response, "Event"))
    except InvalidPattern as problem:
        raise backend.invalid_pattern(problem.reason) from None
    except ValueError:
        raise backend.validation_error("Parameter Event is not valid.") from None
    return json.dumps({"Result": result})
