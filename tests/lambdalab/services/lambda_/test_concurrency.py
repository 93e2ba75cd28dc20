"""Concurrency as a caller meets it: one environment a concurrent request, limits, 429, provisioned concurrency."""

from __future__ import annotations

import json
import os
import tempfile
import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lambdalab.runtime import EnvironmentStarted, EnvironmentStopped, Limits
from tests.lambdalab.packages import allowing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lambdalab import Lab

# Each call waits until somebody writes into the pipe: one byte, one call ends.
WAITS = """
import os
def handler(event, context):
    with open(os.environ["STARTED"], "a") as started:
        started.write(context.aws_request_id + "\\n")
    with open(os.environ["GATE"], "rb", buffering=0) as gate:
        gate.read(1)
    return os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
"""
STREAM = """
import os
def handler(event, context):
    return [os.environ["AWS_LAMBDA_LOG_STREAM_NAME"], os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]]
"""


class Crowd:
    """Calls that run at the same time, until they are let go."""

    def __init__(self, aws_lambda: Any, folder: Path) -> None:
        self._lambda = aws_lambda
        self.gate, self.started = str(folder / "gate"), str(folder / "started")
        os.mkfifo(self.gate)
        os.mkfifo(self.started)
        # Open for reading and writing: nobody who opens the other end waits, only who reads.
        self._gate, self._started = os.open(self.gate, os.O_RDWR), os.open(self.started, os.O_RDWR)
        self._pool = ThreadPoolExecutor(40)

    @property
    def variables(self) -> dict[str, Any]:
        return {"Variables": {"GATE": self.gate, "STARTED": self.started}}

    def call(self, count: int, name: str = "hello", **settings: Any) -> list[Any]:
        """Start calls, and return when their handlers run."""
        calls = [self._pool.submit(self._call, name, settings) for _ in range(count)]
        seen = 0
        while seen < count:
            seen += os.read(self._started, 4096).count(b"\n")
        return calls

    def _call(self, name: str, settings: dict[str, Any]) -> Any:
        return json.loads(self._lambda.invoke(FunctionName=name, **settings)["Payload"].read())

    def go(self, calls: list[Any]) -> list[Any]:
        """Let running calls end."""
        os.write(self._gate, b"." * len(calls))
        return [call.result() for call in calls]

    def go_one_by_one(self, calls: list[Any]) -> list[Any]:
        """Let running calls end, each after the one before it has returned; results in that order."""
        ended, running = [], set(calls)
        while running:
            os.write(self._gate, b".")
            done, running = wait(running, return_when=FIRST_COMPLETED)
            ended += [call.result() for call in done]
        return ended

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        os.close(self._gate)
        os.close(self._started)


@pytest.fixture
def crowd(lab: Lab, aws_lambda: Any) -> Iterator[Crowd]:
    # Not below /tmp: there each environment sees its own.
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        crowd = Crowd(aws_lambda, Path(folder))
        yield crowd
        lab.reset()
        crowd.close()


@pytest.fixture
def events(lab: Lab) -> Iterator[list[Any]]:
    seen: list[Any] = []
    lab.engine.subscribe(seen.append)
    yield seen
    lab.engine._subscribers.remove(seen.append)


@pytest.fixture
def limits(lab: Lab) -> Iterator[Callable[[Limits], None]]:
    before = lab.engine.limits

    def set_limits(limits: Limits) -> None:
        lab.engine.limits = limits
        lab.reset()

    yield set_limits
    lab.engine.limits = before
    lab.reset()


def _refused(call: Callable[[], Any]) -> dict[str, Any]:
    with pytest.raises(ClientError) as caught:
        call()
    return dict(caught.value.response)


def _throttled(call: Callable[[], Any]) -> Any:
    response = _refused(call)
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert response["Error"] == {"Code": "TooManyRequestsException", "Message": "Rate Exceeded."}
    assert (response["Type"], response["message"]) == ("User", "Rate Exceeded.")
    assert "retryAfterSeconds" not in response
    return response["Reason"]


def _code(call: Callable[[], Any]) -> tuple[int, str, str]:
    response = _refused(call)
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"], response["Error"]["Message"]


# One environment a concurrent request ----------------------------------------------------------------------------


def test_twenty_concurrent_calls_take_twenty_environments_which_are_then_reused(
    create: Callable[..., Any], crowd: Crowd, events: list[Any], lab: Lab
) -> None:
    create(WAITS, Environment=crowd.variables)
    first = set(crowd.go(crowd.call(20)))
    assert len(first) == 20
    second = set(crowd.go(crowd.call(5)))
    assert len(second) == 5
    assert second < first
    assert sum(isinstance(event, EnvironmentStarted) for event in events) == 20
    assert [each.state for each in lab.engine.environments()] == ["idle"] * 20


def test_the_environment_that_was_used_last_takes_the_next_invocation(
    create: Callable[..., Any], crowd: Crowd, lab: Lab
) -> None:
    """So that under less load the others stay idle and are retired."""
    create(WAITS, Environment=crowd.variables)
    first, second, last = crowd.go_one_by_one(crowd.call(3))
    assert [crowd.go(crowd.call(1)) for _ in range(3)] == [[last]] * 3
    assert crowd.go_one_by_one(crowd.call(2))[-1] in (second, last)
    lab.clock.advance(minutes=8)
    kept = set(crowd.go(crowd.call(2)))
    assert kept == {second, last}
    lab.clock.advance(minutes=8)
    assert {each.id for each in lab.engine.environments()} == {stream[-32:] for stream in kept}
    assert first not in kept


def test_what_runs_can_be_seen(create: Callable[..., Any], crowd: Crowd, lab: Lab) -> None:
    arn = create(WAITS, Environment=crowd.variables)["FunctionArn"]
    calls = crowd.call(2)
    running = lab.engine.environments(arn)
    assert [(each.state, each.function.name, each.provisioned) for each in running] == [("running", "hello", False)] * 2
    assert all(each.since <= lab.clock.time() for each in running)
    streams = crowd.go(calls)
    assert {stream[-32:] for stream in streams} == {each.id for each in running}
    assert lab.engine.environments("arn:aws:lambda:us-east-1:123456789012:function:other") == []


# Reserved concurrency ---------------------------------------------------------------------------------------------


def test_the_eleventh_of_ten_reserved_is_throttled(create: Callable[..., Any], crowd: Crowd, aws_lambda: Any) -> None:
    create(WAITS, Environment=crowd.variables)
    put = aws_lambda.put_function_concurrency(FunctionName="hello", ReservedConcurrentExecutions=10)
    assert put["ReservedConcurrentExecutions"] == 10
    calls = crowd.call(10)
    reason = _throttled(lambda: aws_lambda.invoke(FunctionName="hello"))
    assert reason == "ReservedFunctionConcurrentInvocationLimitExceeded"
    crowd.go(calls)
    crowd.go(crowd.call(1))


def test_a_throttled_event_is_recorded_with_status_429(
    create: Callable[..., Any], crowd: Crowd, client: Callable[..., Any], lab: Lab
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html: throttling errors are 429."""
    sqs, aws_lambda = client("sqs"), client("lambda")
    urls = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("records", "letters")}
    arns = {name: f"arn:aws:sqs:us-east-1:123456789012:{name}" for name in urls}
    create(
        WAITS,
        Environment=crowd.variables,
        Role=lab.role("sender", allowing("sqs:SendMessage")),
        DeadLetterConfig={"TargetArn": arns["letters"]},
    )
    aws_lambda.put_function_concurrency(FunctionName="hello", ReservedConcurrentExecutions=1)
    aws_lambda.put_function_event_invoke_config(
        FunctionName="hello",
        MaximumEventAgeInSeconds=60,
        DestinationConfig={"OnFailure": {"Destination": arns["records"]}},
    )
    calls = crowd.call(1)
    aws_lambda.invoke(FunctionName="hello", InvocationType="Event", Payload=b'"too much"')
    lab.settle()
    lab.clock.advance(minutes=2)
    crowd.go(calls)

    received = {
        name: sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"] for name, url in urls.items()
    }
    [record] = [json.loads(message["Body"]) for message in received["records"]]
    assert record["requestContext"]["condition"] == "EventAgeExceeded"
    assert record["requestContext"]["approximateInvokeCount"] == 0
    assert record["responseContext"] == {"statusCode": 429}
    assert "responsePayload" not in record
    [letter] = received["letters"]
    assert letter["Body"] == '"too much"'
    assert letter["MessageAttributes"]["ErrorCode"] == {"StringValue": "429", "DataType": "Number"}
    assert letter["MessageAttributes"]["ErrorMessage"]["StringValue"] == "Rate Exceeded."


def test_zero_turns_a_function_off(create: Callable[..., Any], aws_lambda: Any, invoke: Callable[..., Any]) -> None:
    create("handler = lambda event, context: 'on'")
    aws_lambda.put_function_concurrency(FunctionName="hello", ReservedConcurrentExecutions=0)
    reason = _throttled(lambda: aws_lambda.invoke(FunctionName="hello"))
    assert reason == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert aws_lambda.get_function(FunctionName="hello")["Concurrency"] == {"ReservedConcurrentExecutions": 0}
    assert aws_lambda.get_function_concurrency(FunctionName="hello")["ReservedConcurrentExecutions"] == 0
    deleted = aws_lambda.delete_function_concurrency(FunctionName="hello")
    assert deleted["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert "ReservedConcurrentExecutions" not in aws_lambda.get_function_concurrency(FunctionName="hello")
    assert "Concurrency" not in aws_lambda.get_function(FunctionName="hello")
    assert invoke() == "on"


def test_all_versions_share_what_the_function_has_reserved(create: Callable[..., Any], aws_lambda: Any) -> None:
    create("handler = lambda event, context: 'on'", Publish=True)
    aws_lambda.put_function_concurrency(FunctionName="hello", ReservedConcurrentExecutions=0)
    reason = _throttled(lambda: aws_lambda.invoke(FunctionName="hello", Qualifier="1"))
    assert reason == "ReservedFunctionConcurrentInvocationLimitExceeded"


def test_a_hundred_stay_unreserved(create: Callable[..., Any], aws_lambda: Any) -> None:
    create()
    create(name="other")
    aws_lambda.put_function_concurrency(FunctionName="hello", ReservedConcurrentExecutions=900)
    assert _code(lambda: aws_lambda.put_function_concurrency(FunctionName="other", ReservedConcurrentExecutions=1)) == (
        400,
        "InvalidParameterValueException",
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below "
        "its minimum value of [100].",
    )
    assert "ReservedConcurrentExecutions" not in aws_lambda.get_function_concurrency(FunctionName="other")
    aws_lambda.delete_function(FunctionName="hello")
    aws_lambda.put_function_concurrency(FunctionName="other", ReservedConcurrentExecutions=1)


@pytest.mark.parametrize("operation", ["get_function_concurrency", "delete_function_concurrency"])
def test_a_function_that_is_not_there_has_no_concurrency(operation: str, aws_lambda: Any) -> None:
    status, code, message = _code(lambda: getattr(aws_lambda, operation)(FunctionName="nobody"))
    assert (status, code) == (404, "ResourceNotFoundException")
    assert message.startswith("Function not found: arn:aws:lambda:us-east-1:123456789012:function:nobody")


# The account ------------------------------------------------------------------------------------------------------


def test_functions_share_the_concurrency_of_the_account(
    limits: Callable[[Limits], None], create: Callable[..., Any], crowd: Crowd, aws_lambda: Any
) -> None:
    limits(Limits(concurrency=3))
    create(WAITS, Environment=crowd.variables)
    create("handler = lambda event, context: 'on'", name="other")
    calls = crowd.call(3)
    reason = _throttled(lambda: aws_lambda.invoke(FunctionName="other"))
    assert reason == "ConcurrentInvocationLimitExceeded"
    crowd.go(calls)
    assert aws_lambda.invoke(FunctionName="other")["StatusCode"] == 200


def test_a_function_that_grows_too_fast_is_throttled_until_time_has_passed(
    limits: Callable[[Limits], None], create: Callable[..., Any], crowd: Crowd, aws_lambda: Any, lab: Lab
) -> None:
    limits(Limits(burst=2, burst_seconds=1000))
    create(WAITS, Environment=crowd.variables)
    calls = crowd.call(2)
    reason = _throttled(lambda: aws_lambda.invoke(FunctionName="hello"))
    assert reason == "ConcurrentInvocationLimitExceeded"
    lab.clock.advance(seconds=500)
    calls += crowd.call(1)
    assert len(set(crowd.go(calls))) == 3


def test_account_settings(create: Callable[..., Any], aws_lambda: Any) -> None:
    create(Publish=True)
    create(name="other")
    aws_lambda.put_function_concurrency(FunctionName="hello", ReservedConcurrentExecutions=25)
    settings = aws_lambda.get_account_settings()
    assert settings["AccountLimit"] == {
        "TotalCodeSize": 322122547200,
        "CodeSizeUnzipped": 262144000,
        "CodeSizeZipped": 52428800,
        "ConcurrentExecutions": 1000,
        "UnreservedConcurrentExecutions": 975,
    }
    size = aws_lambda.get_function_configuration(FunctionName="hello")["CodeSize"]
    assert settings["AccountUsage"] == {"TotalCodeSize": 3 * size, "FunctionCount": 2}


# Provisioned concurrency ------------------------------------------------------------------------------------------


def _provision(aws_lambda: Any, concurrency: int, qualifier: str = "1") -> Any:
    return aws_lambda.put_provisioned_concurrency_config(
        FunctionName="hello", Qualifier=qualifier, ProvisionedConcurrentExecutions=concurrency
    )


def _provisioned(aws_lambda: Any, qualifier: str = "1") -> tuple[str, int, int, int]:
    config = aws_lambda.get_provisioned_concurrency_config(FunctionName="hello", Qualifier=qualifier)
    assert config["LastModified"].endswith("+0000")
    return (
        config["Status"],
        config["RequestedProvisionedConcurrentExecutions"],
        config["AllocatedProvisionedConcurrentExecutions"],
        config["AvailableProvisionedConcurrentExecutions"],
    )


def test_provisioned_environments_are_initialised_ahead_of_time(
    create: Callable[..., Any], aws_lambda: Any, lab: Lab, events: list[Any]
) -> None:
    create(STREAM, Publish=True)
    put = _provision(aws_lambda, 2)
    assert put["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert put["Status"] == "IN_PROGRESS"
    assert put["RequestedProvisionedConcurrentExecutions"] == 2
    assert put["AllocatedProvisionedConcurrentExecutions"] == put["AvailableProvisionedConcurrentExecutions"] == 0
    lab.settle()
    assert _provisioned(aws_lambda) == ("READY", 2, 2, 2)
    assert [(each.state, each.provisioned) for each in lab.engine.environments()] == [("idle", True)] * 2
    response = aws_lambda.invoke(FunctionName="hello", Qualifier="1", LogType="Tail")
    stream, kind = json.loads(response["Payload"].read())
    assert kind == "provisioned-concurrency"
    assert stream[-32:] in {each.id for each in lab.engine.environments()}
    assert sum(isinstance(event, EnvironmentStarted) for event in events) == 2


def test_what_provisioned_environments_cannot_take_spills_over(
    create: Callable[..., Any], aws_lambda: Any, crowd: Crowd, lab: Lab
) -> None:
    create(WAITS, Environment=crowd.variables, Publish=True)
    _provision(aws_lambda, 1)
    lab.settle()
    calls = crowd.call(3, Qualifier="1")
    kinds = sorted(each.provisioned for each in lab.engine.environments())
    assert kinds == [False, False, True]
    crowd.go(calls)


def test_provisioned_concurrency_of_an_alias_follows_it(
    create: Callable[..., Any], aws_lambda: Any, lab: Lab, invoke: Callable[..., Any]
) -> None:
    create(STREAM, Publish=True)
    aws_lambda.update_function_configuration(FunctionName="hello", Description="second")
    aws_lambda.get_waiter("function_updated_v2").wait(FunctionName="hello")
    aws_lambda.publish_version(FunctionName="hello")
    aws_lambda.create_alias(FunctionName="hello", Name="live", FunctionVersion="1")
    _provision(aws_lambda, 1, "live")
    lab.settle()
    assert [each.function.version for each in lab.engine.environments()] == ["1"]
    aws_lambda.update_alias(FunctionName="hello", Name="live", FunctionVersion="2")
    lab.settle()
    assert [each.function.version for each in lab.engine.environments()] == ["2"]
    assert _provisioned(aws_lambda, "live") == ("READY", 1, 1, 1)
    assert invoke(Qualifier="live")[1] == "provisioned-concurrency"
    aws_lambda.update_alias(FunctionName="hello", Name="live", RoutingConfig={"AdditionalVersionWeights": {"1": 0.5}})
    _provision(aws_lambda, 4, "live")
    lab.settle()
    assert sorted(each.function.version for each in lab.engine.environments()) == ["1", "1", "2", "2"]
    aws_lambda.delete_alias(FunctionName="hello", Name="live")
    assert lab.engine.environments() == []


def test_configurations_are_listed_and_deleted(
    create: Callable[..., Any], aws_lambda: Any, lab: Lab, events: list[Any]
) -> None:
    arn = create(STREAM, Publish=True)["FunctionArn"].removesuffix(":1")
    _provision(aws_lambda, 2)
    lab.settle()
    (listed,) = aws_lambda.list_provisioned_concurrency_configs(FunctionName="hello")["ProvisionedConcurrencyConfigs"]
    assert (listed["FunctionArn"], listed["Status"]) == (f"{arn}:1", "READY")
    assert aws_lambda.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"] == 998
    deleted = aws_lambda.delete_provisioned_concurrency_config(FunctionName="hello", Qualifier="1")
    assert deleted["ResponseMetadata"]["HTTPStatusCode"] == 204
    stopped = [event.reason for event in events if isinstance(event, EnvironmentStopped)]
    assert stopped == ["provisioned concurrency was reduced"] * 2
    assert aws_lambda.list_provisioned_concurrency_configs(FunctionName="hello")["ProvisionedConcurrencyConfigs"] == []
    assert aws_lambda.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"] == 1000
    assert _code(lambda: _provisioned(aws_lambda)) == (
        404,
        "ProvisionedConcurrencyConfigNotFoundException",
        "No Provisioned Concurrency Config found for this function",
    )


def test_a_function_that_cannot_be_initialised_fails_to_be_provisioned(
    create: Callable[..., Any], aws_lambda: Any, lab: Lab
) -> None:
    create("raise RuntimeError('no')", Publish=True)
    _provision(aws_lambda, 3)
    lab.settle()
    config = aws_lambda.get_provisioned_concurrency_config(FunctionName="hello", Qualifier="1")
    assert (config["Status"], config["StatusReason"]) == ("FAILED", "FUNCTION_ERROR_INIT_FAILURE")
    assert config["AllocatedProvisionedConcurrentExecutions"] == 0
    assert lab.engine.environments() == []


UNPUBLISHED = "Provisioned Concurrency Configs cannot be applied to unpublished function versions."
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:hello"


@pytest.mark.parametrize(
    ("qualifier", "concurrency", "expected"),
    [
        ("$LATEST", 1, (400, "InvalidParameterValueException", UNPUBLISHED)),
        ("newest", 1, (400, "InvalidParameterValueException", UNPUBLISHED)),
        ("7", 1, (404, "ResourceNotFoundException", f"Function not found: {FUNCTION}:7")),
        ("nowhere", 1, (404, "ResourceNotFoundException", f"Cannot find alias arn: {FUNCTION}:nowhere")),
        (
            "1",
            901,
            (
                400,
                "InvalidParameterValueException",
                "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below "
                "its minimum value of [100].",
            ),
        ),
        (
            "1",
            1001,
            (
                400,
                "InvalidParameterValueException",
                "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [1000].",
            ),
        ),
    ],
)
def test_what_cannot_be_provisioned_is_refused(
    qualifier: str, concurrency: int, expected: Any, create: Callable[..., Any], aws_lambda: Any, lab: Lab
) -> None:
    create(STREAM, Publish=True)
    aws_lambda.create_alias(FunctionName="hello", Name="newest", FunctionVersion="$LATEST")
    assert _code(lambda: _provision(aws_lambda, concurrency, qualifier)) == expected
    assert aws_lambda.list_provisioned_concurrency_configs(FunctionName="hello")["ProvisionedConcurrencyConfigs"] == []
    assert lab.engine.environments() == []


def test_provisioned_concurrency_fits_into_what_is_reserved(create: Callable[..., Any], aws_lambda: Any) -> None:
    create(STREAM, Publish=True)
    aws_lambda.put_function_concurrency(FunctionName="hello", ReservedConcurrentExecutions=2)
    assert _code(lambda: _provision(aws_lambda, 3)) == (
        400,
        "InvalidParameterValueException",
        "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function",
    )
    _provision(aws_lambda, 1)
    status, code, message = _code(
        lambda: aws_lambda.put_function_concurrency(FunctionName="hello", ReservedConcurrentExecutions=0)
    )
    assert (status, code) == (400, "InvalidParameterValueException")
    assert "should not be lower than function's total provisioned concurrency" in message


def test_a_version_is_provisioned_by_itself_or_through_one_alias(create: Callable[..., Any], aws_lambda: Any) -> None:
    create(STREAM, Publish=True)
    aws_lambda.create_alias(FunctionName="hello", Name="live", FunctionVersion="1")
    _provision(aws_lambda, 1)
    assert _code(lambda: _provision(aws_lambda, 1, "live")) == (
        409,
        "ResourceConflictException",
        "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version",
    )
    aws_lambda.delete_provisioned_concurrency_config(FunctionName="hello", Qualifier="1")
    _provision(aws_lambda, 1, "live")
    assert _code(lambda: _provision(aws_lambda, 1)) == (
        409,
        "ResourceConflictException",
        "Version is pointed by a Provisioned Concurrency alias",
    )


# Idle environments ------------------------------------------------------------------------------------------------


def test_idle_environments_are_retired_on_the_labs_clock(
    create: Callable[..., Any], crowd: Crowd, lab: Lab, events: list[Any]
) -> None:
    create(WAITS, Environment=crowd.variables)
    crowd.go(crowd.call(3))
    lab.clock.advance(minutes=6)
    (used,) = crowd.go(crowd.call(1))
    lab.clock.advance(minutes=6)  # the surplus goes first
    assert [each.id for each in lab.engine.environments()] == [used[-32:]]
    lab.clock.advance(minutes=6)
    assert lab.engine.environments() == []
    assert [event.reason for event in events if isinstance(event, EnvironmentStopped)] == ["idle"] * 3


def test_provisioned_environments_stay_and_are_replaced_when_they_are_old(
    create: Callable[..., Any], aws_lambda: Any, lab: Lab, events: list[Any]
) -> None:
    create(STREAM, Publish=True)
    _provision(aws_lambda, 1)
    lab.settle()
    (before,) = lab.engine.environments()
    lab.clock.advance(hours=1)
    assert lab.engine.environments() == [before]
    lab.clock.advance(hours=2)
    lab.settle()
    (after,) = lab.engine.environments()
    assert after.id != before.id
    assert [event.reason for event in events if isinstance(event, EnvironmentStopped)] == ["maximum age"]


def test_threads_are_not_left(create: Callable[..., Any], aws_lambda: Any, lab: Lab) -> None:
    create(STREAM, Publish=True)
    _provision(aws_lambda, 1)
    lab.settle()
    assert not [thread for thread in threading.enumerate() if thread.name == "lambdalab-background"]
