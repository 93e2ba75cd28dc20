"""The handlers of "Amazon Kinesis", called as Python, with records as Lambda hands them over."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.samples.chapter import Chapter

if TYPE_CHECKING:
    from lambdalab import Lab

chapter = Chapter("triggers/kinesis")


def batch(*celsius: float | None) -> dict[str, Any]:
    records = []
    for number, each in enumerate(celsius, 1):
        reading = {"sensor": "roof", "number": number} | ({} if each is None else {"celsius": each})
        data = base64.b64encode(json.dumps(reading).encode()).decode()
        records.append({"kinesis": {"data": data, "sequenceNumber": str(number)}})
    return {"Records": records}


@pytest.mark.parametrize(("name", "too_hot"), [("readings", 900), ("stubborn", 2000)])
def test_a_reading_that_cannot_be_ends_the_batch(name: str, too_hot: int, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match=r"on fire|impossible"):
        chapter.load(name).handler(batch(13, too_hot, 14), None)
    assert [line for line in capsys.readouterr().out.splitlines() if line.startswith("roof")] in (
        ["roof 1 has 13"],
        ["roof 1 is fine"],
    )


def test_the_solution_finds_the_hottest() -> None:
    assert chapter.solved("hottest")(batch(-5, -9), None) == -5


def test_the_solution_says_from_where_to_try_again() -> None:
    handler = chapter.solved("report")
    assert handler(batch(20, None, 20), None) == {"batchItemFailures": [{"itemIdentifier": "2"}]}
    assert handler(batch(20, 20), None) == {"batchItemFailures": []}


@pytest.mark.parametrize("exercise", ["hottest", "report", "stubborn"])
def test_a_check_without_the_cells_above_says_what_to_do(lab: Lab, exercise: str) -> None:
    assert "Run the cells from the top." in chapter.said(exercise)
