"""Asynchronous invocation: accepted at once, run later, tried again, and never forgotten."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lambdalab.delivery.events import EventDropped, EventQueued, EventRetried, EventSucceeded
from tests.lambdalab.packages import allowing

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Account

FAIL = "def handler(event, context):\n    print(context.aws_request_id)\n    raise ValueError('no')"
SAY = "def handler(event, context): print(event)"


def refusal(call: Callable[[], Any]) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as caught:
        call()
    response = caught.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"], response["Error"]["Message"]


# The call ---------------------------------------------------------------------------------------------------------


def test_the_call_answers_202_with_a_request_id_and_nothing_else(account: Account) -> None:
    account.create()
    answer = account.client("lambda").invoke(FunctionName="hello", InvocationType="Event", Payload=b"{}")
    assert answer["StatusCode"] == 202
    assert answer["Payload"].read() == b""
    assert "FunctionError" not in answer
    assert "ExecutedVersion" not in answer
    assert len(answer["ResponseMetadata"]["RequestId"]) == 36


def test_the_function_runs_with_the_request_id_that_the_caller_got(account: Account) -> None:
    account.create("def handler(event, context): print(context.aws_request_id)")
    request_id = account.send()
    account.lab.settle()
    assert account.said() == [request_id]


def test_events_run_once_each(account: Account) -> None:
    account.create("def handler(event, context): print(event['n'])")
    for n in range(20):
        account.send({"n": n})
    account.lab.settle()
    assert sorted(account.said(), key=int) == [str(n) for n in range(20)]


def test_a_client_context_is_not_passed_on(account: Account) -> None:
    account.create("def handler(event, context): print(context.client_context)")
    account.send(ClientContext="e30=")
    account.lab.settle()
    assert account.said() == ["None"]


def test_an_event_of_1_mb_is_accepted_and_a_byte_more_is_not(account: Account) -> None:
    account.create("def handler(event, context): print(len(event))")
    largest = json.dumps("x" * (1_048_576 - 2)).encode()
    invoke = account.client("lambda").invoke
    assert invoke(FunctionName="hello", InvocationType="Event", Payload=largest)["StatusCode"] == 202
    assert refusal(lambda: invoke(FunctionName="hello", InvocationType="Event", Payload=largest + b" ")) == (
        413,
        "RequestEntityTooLargeException",
        "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)",
    )
    account.lab.settle()
    assert account.said() == ["1048574"]


def test_an_event_that_is_no_json_is_refused_at_once(account: Account) -> None:
    account.create()
    invoke = account.client("lambda").invoke
    status, code, _ = refusal(lambda: invoke(FunctionName="hello", InvocationType="Event", Payload=b"{"))
    assert (status, code) == (400, "InvalidRequestContentException")


def test_an_event_for_nobody_is_refused_at_once(account: Account) -> None:
    assert refusal(lambda: account.send(name="nobody"))[:2] == (404, "ResourceNotFoundException")


def test_a_type_of_invocation_that_does_not_exist_is_refused(account: Account) -> None:
    account.create()
    invoke = account.client("lambda").invoke
    status, code, message = refusal(lambda: invoke(FunctionName="hello", InvocationType="Later"))
    assert (status, code) == (400, "ValidationException")
    assert "Value 'Later' at 'invocationType' failed to satisfy constraint" in message


def test_the_old_invoke_async_operation_queues_too(account: Account) -> None:
    account.create("def handler(event, context): print(event['a'])")
    answer = account.client("lambda").invoke_async(FunctionName="hello", InvokeArgs=b'{"a": "old"}')
    assert answer["Status"] == 202
    account.lab.settle()
    assert account.said() == ["old"]


def test_a_function_may_send_events_to_another(account: Account) -> None:
    account.create("def handler(event, context): print('second', event)", "second")
    source = """
import boto3
def handler(event, context):
    boto3.client("lambda").invoke(FunctionName="second", InvocationType="Event", Payload=b'"from the first"')
    print("first is done")
"""
    account.create(source, "first", Role=account.lab.role("first", allowing("lambda:InvokeFunction")))
    account.send(name="first")
    account.lab.settle()
    assert account.said("first") == ["first is done"]
    assert account.said("second") == ["second from the first"]


# Retries ----------------------------------------------------------------------------------------------------------


def test_an_error_is_tried_again_after_one_and_after_two_more_minutes(account: Account) -> None:
    account.create(FAIL)
    clock, runs = account.lab.clock, []
    account.send()
    account.lab.settle()
    for _ in range(5):
        runs.append(len(account.said()))
        clock.advance(minutes=1)
    assert runs == [1, 2, 2, 3, 3]


def test_every_attempt_has_the_same_request_id(account: Account) -> None:
    account.create(FAIL)
    request_id = account.send()
    account.lab.clock.advance(hours=1)
    assert account.said() == [request_id] * 3


def test_one_step_of_the_clock_runs_all_retries_each_at_its_time(account: Account) -> None:
    account.create(FAIL)
    account.send()
    account.lab.clock.advance(minutes=4)
    retried = [event for event in account.events if isinstance(event, EventRetried)]
    assert [(event.reason, event.attempts, event.wait_s) for event in retried] == [
        ("ValueError", 1, 60),
        ("ValueError", 2, 120),
    ]
    assert isinstance(account.events[-1], EventDropped)


def test_settling_does_not_wait_for_a_later_time(account: Account) -> None:
    account.create(FAIL)
    account.send()
    account.lab.settle()
    account.lab.settle()
    assert len(account.said()) == 1


def test_a_retry_that_succeeds_ends_the_matter(account: Account) -> None:
    account.create(
        "n = 0\ndef handler(event, context):\n    global n\n    n += 1\n    print(n)\n    if n == 1: raise ValueError"
    )
    request_id = account.send()
    account.lab.clock.advance(hours=6)
    assert account.said() == ["1", "2"]
    queued, retried, succeeded = account.events
    assert isinstance(queued, EventQueued)
    assert isinstance(retried, EventRetried)
    assert isinstance(succeeded, EventSucceeded)
    assert {event.request_id for event in account.events} == {request_id}
    assert succeeded.attempts == 2
    assert succeeded.function_arn == "arn:aws:lambda:us-east-1:123456789012:function:hello:$LATEST"


@pytest.mark.parametrize("retries", [0, 1, 2])
def test_the_number_of_retries_can_be_set(account: Account, retries: int) -> None:
    account.create(FAIL)
    account.configure(MaximumRetryAttempts=retries)
    account.send()
    account.lab.clock.advance(hours=7)
    assert len(account.said()) == retries + 1


def test_a_change_of_the_configuration_counts_for_events_that_wait(account: Account) -> None:
    account.create(FAIL)
    account.send()
    account.lab.settle()
    account.configure(MaximumRetryAttempts=0)
    account.lab.clock.advance(hours=1)
    assert len(account.said()) == 2  # the retry that was under way, and none after it


def test_updated_code_runs_at_the_retry(account: Account) -> None:
    from tests.lambdalab.packages import zipped

    account.create(FAIL)
    account.send("x")
    account.lab.settle()
    account.client("lambda").update_function_code(FunctionName="hello", ZipFile=zipped({"app.py": SAY}))
    account.lab.clock.advance(minutes=1)
    assert account.said()[1:] == ["x"]


def test_an_event_that_would_be_too_old_at_its_retry_is_given_up(account: Account) -> None:
    account.create(FAIL)
    account.configure(MaximumEventAgeInSeconds=60)
    account.send()
    account.lab.clock.advance(hours=1)
    assert len(account.said()) == 1
    assert [event.condition for event in account.events if isinstance(event, EventDropped)] == ["EventAgeExceeded"]


def test_a_crash_is_tried_again_like_an_error(account: Account) -> None:
    account.create("import sys\ndef handler(event, context):\n    print('here')\n    sys.exit(1)")
    account.send()
    account.lab.clock.advance(hours=1)
    assert account.said().count("here") == 3


# Throttling -------------------------------------------------------------------------------------------------------


def test_nothing_runs_when_no_concurrency_is_reserved_and_the_event_is_given_up_at_once(account: Account) -> None:
    account.create(SAY)
    account.configure(DestinationConfig={"OnFailure": {"Destination": account.queue()}})
    account.client("lambda").put_function_concurrency(FunctionName="hello", ReservedConcurrentExecutions=0)
    request_id = account.send({"a": 1})
    account.lab.settle()
    assert account.said() == []
    [record] = account.records()
    assert record["requestContext"] == {
        "requestId": request_id,
        "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:hello:$LATEST",
        "condition": "ZeroReservedConcurrency",
        "approximateInvokeCount": 0,
    }
    assert record["requestPayload"] == {"a": 1}
    assert "responseContext" not in record
    assert "responsePayload" not in record


# The end of things ------------------------------------------------------------------------------------------------


def test_a_deleted_function_takes_its_events_with_it(account: Account) -> None:
    account.create(FAIL)
    request_id = account.send()
    account.lab.settle()
    account.client("lambda").delete_function(FunctionName="hello")
    dropped = account.events[-1]
    assert isinstance(dropped, EventDropped)
    assert (dropped.request_id, dropped.condition) == (request_id, "FunctionDeleted")
    account.create(SAY)  # of the same name: it does not inherit them
    account.lab.clock.advance(hours=6)
    assert len(account.said()) == 1


def test_a_reset_drops_what_waits(account: Account) -> None:
    account.create(FAIL)
    account.send()
    account.lab.settle()
    account.lab.reset()
    account.create(SAY)
    account.lab.clock.advance(hours=6)
    assert account.said() == []


def test_an_alias_that_is_gone_drops_the_event(account: Account) -> None:
    account.create(FAIL)
    aws = account.client("lambda")
    aws.publish_version(FunctionName="hello")
    aws.create_alias(FunctionName="hello", Name="live", FunctionVersion="1")
    account.send(Qualifier="live")
    account.lab.settle()
    aws.delete_alias(FunctionName="hello", Name="live")
    account.lab.clock.advance(hours=6)
    assert len(account.said()) == 1
    assert [event.condition for event in account.events if isinstance(event, EventDropped)] == ["FunctionDeleted"]


# What happened ----------------------------------------------------------------------------------------------------


def test_the_queue_and_the_engine_tell_what_happened_in_one_order(account: Account) -> None:
    account.create(FAIL)
    request_id = account.send()
    account.lab.settle()
    account.lab.clock.advance(minutes=1)
    account.lab.settle()
    told = [event for event in account.lab.events("hello") if getattr(event, "request_id", None) == request_id]
    run = ["InvocationStarted", "InvocationEnded"]
    assert [type(event).__name__ for event in told] == ["EventQueued", *run, "EventRetried", *run, "EventRetried"]
    assert all(event.function_name == "hello" for event in told)
    assert repr(account.lab.timeline("hello")).splitlines()[1] == (
        "event 1: accepted → call 1 (ValueError) → wait 60 s (ValueError) → call 2 (ValueError) → "
        "wait 120 s (ValueError)"
    )


def test_the_events_of_another_function_are_not_told(account: Account) -> None:
    account.create(SAY)
    account.send()
    account.lab.settle()
    assert account.lab.events("nobody") == []
    account.lab.reset()
    assert account.lab.events() == []
