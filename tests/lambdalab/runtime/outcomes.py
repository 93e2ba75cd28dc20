"""What tests read off an outcome."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lambdalab.runtime import Outcome


def result(outcome: Outcome) -> Any:
    assert not outcome.error, outcome.payload
    return json.loads(outcome.payload)


def error(outcome: Outcome) -> dict[str, Any]:
    assert outcome.error, outcome.payload
    document = json.loads(outcome.payload)
    assert isinstance(document, dict)
    return document


def lines(outcome: Outcome) -> list[str]:
    """What the function itself logged: what stands between START and END."""
    _, _, rest = outcome.log.partition("START RequestId: ")
    return rest.partition("\nEND RequestId: ")[0].split("\n")[1:]


def report(outcome: Outcome) -> dict[str, str]:
    """The fields of the REPORT line."""
    line = next(line for line in outcome.log.split("\n") if line.startswith("REPORT "))
    fields = line.removeprefix("REPORT ").strip().split("\t")
    return dict(field.split(": ", 1) for field in fields)
