"""A service hands an event to a function in its own name: the function's policy lets it in, or nothing runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lambdalab.delivery.invocation import NoSuchFunction
from lambdalab.delivery.service_invocation import NotAllowed

from ..services.conftest import ACCOUNT, HERE

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab

BUCKET = "arn:aws:s3:::photos"
FROM_BUCKET: dict[str, Any] = {"source_arn": BUCKET, "account": ACCOUNT}


def test_who_waits_gets_the_answer(lab: Lab, function: Callable[..., Any]) -> None:
    remembers = function()
    remembers.allow("s3.amazonaws.com", BUCKET)
    answer = lab._parts.service_invocation.invoke("s3.amazonaws.com", remembers.arn, {"grüß": 1}, **FROM_BUCKET)
    assert (answer.status, answer.failed, answer.payload) == (200, False, '{"grüß": 1}'.encode())
    assert remembers.events() == [{"grüß": 1}]


def test_who_does_not_wait_leaves_it_to_the_queue(lab: Lab, function: Callable[..., Any]) -> None:
    remembers = function()
    remembers.allow("s3.amazonaws.com", BUCKET)
    request_id = lab._parts.service_invocation.invoke_asynchronously(
        "s3.amazonaws.com", remembers.arn, b"[1, 2]", **FROM_BUCKET
    )
    assert remembers.events() == [[1, 2]]
    assert request_id in {getattr(each, "request_id", None) for each in lab.events("remembers")}


@pytest.mark.parametrize("way", ["invoke_asynchronously", "invoke"])
def test_without_permission_nothing_runs(lab: Lab, function: Callable[..., Any], way: str) -> None:
    remembers = function()
    remembers.allow("s3.amazonaws.com", "arn:aws:s3:::another")
    with pytest.raises(NotAllowed, match=r"does not allow s3\.amazonaws\.com to invoke it for arn:aws:s3:::photos"):
        getattr(lab._parts.service_invocation, way)("s3.amazonaws.com", remembers.arn, {}, **FROM_BUCKET)
    assert remembers.events() == []


@pytest.mark.parametrize("way", ["invoke_asynchronously", "invoke"])
@pytest.mark.parametrize("arn", [f"arn:aws:lambda:{HERE}:function:gone", f"arn:aws:sqs:{HERE}:queue"])
def test_an_arn_that_is_no_function_is_refused(lab: Lab, way: str, arn: str) -> None:
    with pytest.raises((NoSuchFunction, NotAllowed)):
        getattr(lab._parts.service_invocation, way)("s3.amazonaws.com", arn, {}, **FROM_BUCKET)
