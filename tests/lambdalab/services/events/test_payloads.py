"""Events of EventBridge, compared with the samples in AWS's documentation."""

from lambdalab.services.events.payloads import event, execution_id, from_scheduler, replayed, scheduled, timestamp
from tests.lambdalab.shapes import shape

NOW = 1795424400.7
RULE = "arn:aws:events:us-east-1:123456789012:rule/ExampleRule"
SCHEDULED = {
    # https://docs.aws.amazon.com/lambda/latest/dg/with-eventbridge-scheduler.html, and what a rule sends
    "version": "0",
    "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": "123456789012",
    "time": "2015-10-08T16:53:06Z",
    "region": "us-east-1",
    "resources": [RULE],
    "detail": {},
}


def test_a_rule_s_schedule() -> None:
    made = scheduled(RULE, account="123456789012", region="us-east-1", time=NOW)
    assert shape(made) == shape(SCHEDULED)
    assert list(made) == list(SCHEDULED)
    assert {name: value for name, value in made.items() if name not in ("id", "time")} == {
        name: value for name, value in SCHEDULED.items() if name not in ("id", "time")
    }


def test_scheduler_s_detail_is_a_text() -> None:
    made = from_scheduler("arn:…:schedule/default/x", account="123456789012", region="us-east-1", time=NOW)
    assert (made["source"], made["detail"], made["resources"]) == ("aws.scheduler", "{}", ["arn:…:schedule/default/x"])
    assert list(made) == list(SCHEDULED)


def test_times_have_no_fractions() -> None:
    assert timestamp(NOW) == "2026-11-23T09:00:00Z"


def test_a_replayed_event_is_the_same_and_names_its_replay() -> None:
    made = event(source="shop", detail_type="x", detail={"a": 1}, account="1", region="r", time=NOW)
    again = replayed(made, "again")
    assert {**again, "replay-name": None} == {**made, "replay-name": None}
    assert list(again)[6:8] == ["region", "replay-name"]


def test_an_execution_id_looks_like_one() -> None:
    assert len(execution_id()) == 16
