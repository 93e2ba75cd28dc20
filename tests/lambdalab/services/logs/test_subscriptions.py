"""CloudWatch Logs: what is written to a log group goes to its subscribers, if it is of their patterns."""

from __future__ import annotations

import base64
import gzip
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from ..conftest import ACCOUNT, HERE

if TYPE_CHECKING:
    from collections.abc import Callable

    Clients = Callable[[str], Any]

GROUP = f"arn:aws:logs:{HERE}:log-group:shop:*"


@pytest.fixture
def logs(client: Clients) -> Any:
    """A client, and a group "shop" with a stream "1"."""
    client("logs").create_log_group(logGroupName="shop")
    client("logs").create_log_stream(logGroupName="shop", logStreamName="1")
    return client("logs")


def write(logs: Any, *messages: str, group: str = "shop") -> None:
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": message} for message in messages]
    logs.put_log_events(logGroupName=group, logStreamName="1", logEvents=events)


def subscribe(logs: Any, arn: str, pattern: str = "", *, name: str = "all", group: str = "shop", **more: str) -> None:
    logs.put_subscription_filter(logGroupName=group, filterName=name, filterPattern=pattern, destinationArn=arn, **more)


def refused(logs: Any, *args: str, **more: str) -> dict[str, Any]:
    with pytest.raises(ClientError) as caught:
        subscribe(logs, *args, **more)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    error: dict[str, Any] = caught.value.response["Error"]
    return error


def inside(event: dict[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
    return document


@pytest.fixture
def reader(logs: Any, function: Callable[..., Any]) -> Any:
    """A function that lets Logs in."""
    remembers = function()
    remembers.allow("logs.amazonaws.com", GROUP)
    return remembers


@pytest.mark.source("CloudWatch Logs", "to a function, asynchronously")
def test_a_function_gets_what_was_written(logs: Any, reader: Any) -> None:
    subscribe(logs, reader.arn)
    write(logs, "one", "two")
    [event] = reader.events()
    found = inside(event)
    assert (found["messageType"], found["owner"]) == ("DATA_MESSAGE", ACCOUNT)
    assert (found["logGroup"], found["logStream"]) == ("shop", "1")
    assert found["subscriptionFilters"] == ["all"]
    assert [each["message"] for each in found["logEvents"]] == ["one", "two"]
    ids = [each["eventId"] for each in logs.filter_log_events(logGroupName="shop")["events"]]
    assert [each["id"] for each in found["logEvents"]] == ids
    assert {len(each) for each in ids} == {56}


@pytest.mark.source("CloudWatch Logs", "filter patterns")
def test_a_subscriber_gets_what_is_of_its_pattern(logs: Any, reader: Any) -> None:
    subscribe(logs, reader.arn, '{ $.level = "ERROR" && $.code >= 500 }')
    write(logs, '{"level": "ERROR", "code": 500}', '{"level": "ERROR", "code": 404}', "ERROR 500")
    write(logs, "nothing of interest")
    [event] = reader.events()
    assert [each["message"] for each in inside(event)["logEvents"]] == ['{"level": "ERROR", "code": 500}']


@pytest.mark.source("CloudWatch Logs", "logs of functions")
def test_what_a_function_logs_goes_to_another(
    client: Clients, logs: Any, reader: Any, function: Callable[..., Any]
) -> None:
    function("talks", "def handler(event, context):\n    print('ERROR: no such order')\n    print('and more')")
    logs.create_log_group(logGroupName="/aws/lambda/talks")
    client("lambda").remove_permission(FunctionName="remembers", StatementId="logs")
    reader.allow("logs.amazonaws.com", f"arn:aws:logs:{HERE}:log-group:/aws/lambda/talks:*")
    subscribe(logs, reader.arn, "ERROR", group="/aws/lambda/talks")
    client("lambda").invoke(FunctionName="talks")
    [event] = reader.events()
    assert inside(event)["logGroup"] == "/aws/lambda/talks"
    assert [each["message"].strip() for each in inside(event)["logEvents"]] == ["ERROR: no such order"]


@pytest.mark.source("CloudWatch Logs", "permission of the function")
@pytest.mark.parametrize("principal", ["logs.amazonaws.com", "logs.us-east-1.amazonaws.com"])
def test_a_function_must_let_the_group_in(
    client: Clients, logs: Any, function: Callable[..., Any], principal: str
) -> None:
    remembers = function()
    error = refused(logs, remembers.arn)
    assert error["Code"] == "InvalidParameterException"
    assert error["Message"] == (
        "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your "
        "function."
    )
    remembers.allow(principal, GROUP)
    subscribe(logs, remembers.arn)
    write(logs, "arrives")
    client("lambda").remove_permission(FunctionName="remembers", StatementId="logs")
    write(logs, "is lost")
    assert [inside(event)["logEvents"][0]["message"] for event in remembers.events()] == ["arrives"]


@pytest.mark.source("CloudWatch Logs", "a function's own log group is refused")
def test_a_function_cannot_read_its_own_log(logs: Any, function: Callable[..., Any]) -> None:
    remembers = function(LoggingConfig={"LogGroup": "shop"})
    remembers.allow("logs.amazonaws.com")
    error = refused(logs, remembers.arn)
    assert error["Code"] == "InvalidParameterException"
    assert error["Message"] == "The log group provided is reserved for the function logs of the destination function."
    logs.create_log_group(logGroupName="/aws/lambda/remembers")
    subscribe(logs, remembers.arn, group="/aws/lambda/remembers")


@pytest.mark.source("CloudWatch Logs", "two subscriptions a group")
def test_a_group_has_two_subscriptions_at_most(logs: Any, reader: Any) -> None:
    subscribe(logs, reader.arn, "one", name="1")
    subscribe(logs, reader.arn, "two", name="2")
    assert refused(logs, reader.arn, name="3") == {
        "Code": "LimitExceededException",
        "Message": "Resource limit exceeded.",
    }
    subscribe(logs, reader.arn, "three", name="2")
    found = logs.describe_subscription_filters(logGroupName="shop")["subscriptionFilters"]
    assert [(each["filterName"], each["filterPattern"]) for each in found] == [("1", "one"), ("2", "three")]
    assert {tuple(sorted(each)) for each in found} == {
        (
            *("applyOnTransformedLogs", "creationTime", "destinationArn", "distribution"),
            *("filterName", "filterPattern", "logGroupName"),
        )
    }
    write(logs, "one and three")
    assert sorted(inside(event)["subscriptionFilters"] for event in reader.events()) == [["1"], ["2"]]


@pytest.mark.source("CloudWatch Logs", "filter patterns are checked")
def test_a_pattern_that_is_none_is_refused(logs: Any, reader: Any) -> None:
    error = refused(logs, reader.arn, "a:b")
    assert (error["Code"], error["Message"]) == ("InvalidParameterException", "Invalid character(s) in term 'a:b'")
    assert refused(logs, reader.arn, "{ $.a = }")["Code"] == "InvalidParameterException"
    with pytest.raises(ClientError, match=r"Invalid character\(s\) in term"):
        logs.filter_log_events(logGroupName="shop", filterPattern="a:b")


def test_a_function_of_another_account_is_refused(logs: Any) -> None:
    error = refused(logs, "arn:aws:lambda:us-east-1:210987654321:function:f")
    assert error["Code"] == "AccessDeniedException"
    assert error["Message"].startswith("Cross-account lambda invocation passing is not allowed.")


@pytest.mark.source("CloudWatch Logs", "FilterLogEvents uses the same patterns")
@pytest.mark.parametrize(
    ("pattern", "found"),
    [("", 4), ("ERROR", 2), ("?ERROR ?WARN", 3), ("ERROR -x", 1), ("%^WARN%", 1), ("{ $.a = 1 }", 1), ("[w, v]", 2)],
)
def test_filter_log_events_finds_what_a_subscriber_would_get(logs: Any, pattern: str, found: int) -> None:
    write(logs, "ERROR x", "ERROR y z", "WARN a", '{"a":1}')
    assert len(logs.filter_log_events(logGroupName="shop", filterPattern=pattern)["events"]) == found


def test_a_group_may_go_to_another_group(logs: Any) -> None:
    """moto has this; the filter holds there too."""
    logs.create_log_group(logGroupName="copy")
    logs.create_log_stream(logGroupName="copy", logStreamName="1")
    subscribe(logs, f"arn:aws:logs:{HERE}:log-group:copy:*", "yes")
    write(logs, "yes", "no")
    assert [each["message"] for each in logs.filter_log_events(logGroupName="copy")["events"]] == ["yes"]


def test_lines_of_several_streams_come_in_the_order_of_their_times(lab: Any, client: Clients) -> None:
    logs, now = client("logs"), int(lab.clock.time() * 1000)
    logs.create_log_group(logGroupName="/shop")
    for stream, times in (("b", (0, 20)), ("a", (10, 30))):
        logs.create_log_stream(logGroupName="/shop", logStreamName=stream)
        events = [{"timestamp": now + each, "message": f"{stream} {each}"} for each in times]
        logs.put_log_events(logGroupName="/shop", logStreamName=stream, logEvents=events)
    found = logs.filter_log_events(logGroupName="/shop")["events"]
    assert [each["message"] for each in found] == ["b 0", "a 10", "b 20", "a 30"]
