"""A wiring has a text form, and can be cut down to what concerns a function."""

from __future__ import annotations

import pytest

from lambdalab.wiring.arn_resources import end
from lambdalab.wiring.model import Draft, Resource, Way, Wiring

HERE = "us-east-1:123456789012"
ORDERS, NEWS, DEAD, GIVEN_UP = (
    Resource(name, kind, name)
    for kind, name in (
        ("SQS queue", "orders"),
        ("SNS topic", "news"),
        ("SQS queue", "dead"),
        ("SQS queue", "given-up"),
    )
)
WORKER, AUDIT, ALONE = (Resource(name, "function", name) for name in ("worker", "audit", "alone"))


def drafted() -> Wiring:
    draft = Draft()
    for function in (ALONE, AUDIT, WORKER):
        draft.resource(function)
    draft.arrow(NEWS, ORDERS, Way.ASYNCHRONOUS, ["every message"])
    draft.arrow(NEWS, AUDIT, Way.ASYNCHRONOUS)
    draft.arrow(ORDERS, WORKER, Way.POLLED, ["batches of up to 10", "reports failed items"])
    draft.arrow(ORDERS, DEAD, Way.RESULT, ["after 3 receives"])
    draft.arrow(AUDIT, GIVEN_UP, Way.RESULT, ["on failure"])
    return draft.wiring()


def test_its_text_has_a_line_for_each_arrow() -> None:
    wiring = drafted()
    assert wiring.title == "Wiring: 2 functions, 5 arrows"
    assert list(wiring.lines()) == [
        "SNS topic news → SQS queue orders (asynchronous): every message",
        "SNS topic news → function audit (asynchronous)",
        "SQS queue orders → function worker (polled): batches of up to 10, reports failed items",
        "SQS queue orders → SQS queue dead (result): after 3 receives",
        "function audit → SQS queue given-up (result): on failure",
        "not wired to anything: alone",
    ]


def test_what_is_added_twice_is_there_once_and_keeps_its_facts() -> None:
    draft = Draft()
    draft.resource(Resource("worker", "function", "worker", ("live → version 1",)))
    for _ in range(2):
        draft.arrow(ORDERS, WORKER, Way.POLLED)
    wiring = draft.wiring()
    assert [resource.facts for resource in wiring.resources] == [("live → version 1",), ()]
    assert len(wiring.arrows) == 1


def test_around_a_function_is_what_leads_to_it_and_where_its_results_go() -> None:
    around = drafted().around(["worker"])
    assert [str(resource) for resource in around.resources] == [
        "function worker",
        "SNS topic news",
        "SQS queue orders",
        "SQS queue dead",
    ]
    assert len(around.arrows) == 3
    assert drafted().around(["alone"]).alone == ("alone",)


@pytest.mark.parametrize(
    ("arn", "said", "qualifier"),
    [
        (f"arn:aws:lambda:{HERE}:function:worker", "function worker", ""),
        (f"arn:aws:lambda:{HERE}:function:worker:$LATEST", "function worker", ""),
        (f"arn:aws:lambda:{HERE}:function:worker:live", "function worker", "live"),
        (f"arn:aws:sqs:{HERE}:orders", "SQS queue orders", ""),
        (f"arn:aws:sns:{HERE}:news", "SNS topic news", ""),
        ("arn:aws:s3:::photos", "S3 bucket photos", ""),
        (f"arn:aws:kinesis:{HERE}:stream/clicks", "Kinesis stream clicks", ""),
        (f"arn:aws:kinesis:{HERE}:stream/clicks/consumer/me:1", "Kinesis stream clicks", ""),
        (f"arn:aws:dynamodb:{HERE}:table/orders/stream/2026-11-23T10:00:00.000", "DynamoDB table orders", ""),
        (f"arn:aws:events:{HERE}:event-bus/shop", "event bus shop", ""),
        (f"arn:aws:logs:{HERE}:log-group:/aws/lambda/worker:*", "log group /aws/lambda/worker", ""),
        (f"arn:aws:states:{HERE}:stateMachine:refund", "state machine refund", ""),
        (f"arn:aws:ecs:{HERE}:cluster/one", "ecs cluster/one", ""),
        ("https://example.com", "https://example.com", ""),
    ],
)
def test_an_arn_names_the_resource_at_the_end_of_an_arrow(arn: str, said: str, qualifier: str) -> None:
    resource, found = end(arn)
    assert (str(resource), found) == (said, qualifier)


def test_the_two_ends_of_a_stream_and_of_an_alias_are_one_resource() -> None:
    table = f"arn:aws:dynamodb:{HERE}:table/orders"
    assert end(f"{table}/stream/2026-11-23T10:00:00.000")[0].id == end(table)[0].id
    function = f"arn:aws:lambda:{HERE}:function:worker"
    assert end(f"{function}:live")[0] == end(function)[0]
