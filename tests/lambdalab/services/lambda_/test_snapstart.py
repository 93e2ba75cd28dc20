"""SnapStart: who may have it, and what becomes of a version that has it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lambdalab.runtime import RestoreEnded, environment
from tests.lambdalab import answers
from tests.lambdalab.meeting import Meeting
from tests.lambdalab.packages import allowing

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab

    Maker = Callable[..., Any]

ECHO = "def handler(event, context): return event"
ON = {"SnapStart": {"ApplyOn": "PublishedVersions"}}


def refusal(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call()
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_snapstart_is_on_for_published_versions(create: Maker, aws_lambda: Any) -> None:
    create(ECHO, Publish=True, **ON)
    latest = aws_lambda.get_function_configuration(FunctionName="hello")["SnapStart"]
    published = aws_lambda.get_function_configuration(FunctionName="hello", Qualifier="1")["SnapStart"]
    assert latest == {"ApplyOn": "PublishedVersions", "OptimizationStatus": "Off"}
    assert published == {"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"}


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"Runtime": "nodejs22.x"}, "nodejs22.x"),
        ({"Runtime": "provided.al2023", "Handler": "x"}, "provided.al2023"),
        ({"EphemeralStorage": {"Size": 513}}, "Ephemeral storage larger than 512 MB"),
    ],
)
def test_snapstart_does_not_go_with_everything(settings: dict[str, Any], what: str, create: Maker) -> None:
    assert refusal(lambda: create(ECHO, **ON, **settings)) == (
        "InvalidParameterValueException",
        f"{what} is not supported for SnapStart enabled functions.",
    )


def test_an_update_is_checked_against_what_is_there(create: Maker, aws_lambda: Any) -> None:
    create(ECHO, EphemeralStorage={"Size": 1024})
    code, _ = refusal(lambda: aws_lambda.update_function_configuration(FunctionName="hello", **ON))
    assert code == "InvalidParameterValueException"
    aws_lambda.update_function_configuration(FunctionName="hello", EphemeralStorage={"Size": 512}, **ON)
    code, _ = refusal(
        lambda: aws_lambda.update_function_configuration(FunctionName="hello", EphemeralStorage={"Size": 1024})
    )
    assert code == "InvalidParameterValueException"


def test_a_version_has_snapstart_or_provisioned_concurrency(create: Maker, aws_lambda: Any) -> None:
    create(ECHO, Publish=True, **ON)
    assert refusal(
        lambda: aws_lambda.put_provisioned_concurrency_config(
            FunctionName="hello", Qualifier="1", ProvisionedConcurrentExecutions=1
        )
    ) == (
        "InvalidParameterValueException",
        "Provisioned Concurrency is not supported for SnapStart enabled functions.",
    )


# What it does -----------------------------------------------------------------------------------------------------

UNIQUE = """
    import uuid
    number = str(uuid.uuid4())
    print("init")
    def handler(event, context):
        return number
"""
CONFLICT = (409, "ResourceConflictException")
FAILED = "The function is currently in the following state: 'Failed', StateReasonCode: 'FunctionError'"


def messages(client: Any, group: str = "/aws/lambda/hello") -> list[str]:
    return [event["message"] for event in client("logs").filter_log_events(logGroupName=group)["events"]]


def test_publishing_runs_init_and_the_version_is_active_when_it_has_run(
    create: Maker, aws_lambda: Any, client: Maker
) -> None:
    create(UNIQUE, **ON)
    published = aws_lambda.publish_version(FunctionName="hello")
    assert [published[name] for name in ("State", "StateReasonCode")] == ["Pending", "Creating"]
    aws_lambda.get_waiter("published_version_active").wait(FunctionName="hello", Qualifier="1")
    found = aws_lambda.get_function_configuration(FunctionName="hello", Qualifier="1")
    assert (found["State"], found["LastUpdateStatus"]) == ("Active", "Successful")
    first, init, last = messages(client)
    assert first.startswith("INIT_START Runtime Version: python3.13 ")
    assert init == "init"
    assert last.startswith("INIT_REPORT Init Duration: ")


def test_a_version_published_again_unchanged_keeps_its_snapshot(create: Maker, invoke: Maker, aws_lambda: Any) -> None:
    create(UNIQUE, Publish=True, **ON)
    number = invoke(Qualifier="1")
    assert aws_lambda.publish_version(FunctionName="hello")["State"] == "Active"
    assert invoke(Qualifier="1") == number


def test_a_new_version_has_a_new_snapshot_and_latest_has_none(
    create: Maker, invoke: Maker, aws_lambda: Any, client: Maker
) -> None:
    create(UNIQUE, Publish=True, **ON)
    aws_lambda.update_function_configuration(FunctionName="hello", Description="second")
    aws_lambda.publish_version(FunctionName="hello")
    assert len({invoke(Qualifier="1"), invoke(Qualifier="2"), invoke()}) == 3
    streams = client("logs").describe_log_streams(logGroupName="/aws/lambda/hello")["logStreams"]
    latest = next(stream["logStreamName"] for stream in streams if "[$LATEST]" in stream["logStreamName"])
    events = client("logs").get_log_events(logGroupName="/aws/lambda/hello", logStreamName=latest)["events"]
    assert events[0]["message"].startswith("INIT_START ")


def test_an_environment_of_the_version_is_restored_and_the_log_says_so(
    create: Maker, invoke: Maker, aws_lambda: Any, client: Maker
) -> None:
    create(UNIQUE, Publish=True, **ON)
    aws_lambda.create_alias(FunctionName="hello", Name="live", FunctionVersion="1")
    invoke(Qualifier="live")
    log = messages(client)
    assert log.count("init") == 1, "at publishing, and never again"
    assert any(message.startswith("RESTORE_START Runtime Version: python3.13 ") for message in log)
    assert any(message.startswith("RESTORE_REPORT Restore Duration: ") for message in log)
    report = next(message for message in log if message.startswith("REPORT "))
    assert "\tRestore Duration: " in report
    assert "\tBilled Restore Duration: " in report
    assert "Init Duration" not in report


def test_the_pages_example_gives_one_token_and_three_names(create: Maker, aws_lambda: Any) -> None:
    sample = Path(__file__).parents[4] / "samples" / "how-lambda-works" / "snapshot.py"
    meets = """
import socket
import app_
def handler(event, context):
    with socket.create_connection(("127.0.0.1", event)) as meeting:
        meeting.recv(1)  # until the others are there, each in an environment of its own
    return app_.handler(event, context)
"""
    create({"app_.py": sample.read_text(), "app.py": meets}, Publish=True, **ON)
    aws_lambda.get_waiter("published_version_active").wait(FunctionName="hello", Qualifier="1")
    with Meeting(3) as meeting, ThreadPoolExecutor(3) as threads:
        call = {"FunctionName": "hello", "Qualifier": "1", "Payload": str(meeting.port)}
        calls = [threads.submit(aws_lambda.invoke, **call) for _ in range(3)]
    told = [json.load(call.result()["Payload"]) for call in calls]
    assert len({answer["made by Init"] for answer in told}) == 1
    assert len({answer["made after the restore"] for answer in told}) == 3


def test_a_version_takes_its_time_on_the_labs_clock(lab: Lab, create: Maker, invoke: Maker, aws_lambda: Any) -> None:
    create(UNIQUE, **ON)
    lab.pace.deployment_seconds = 120
    aws_lambda.publish_version(FunctionName="hello")
    pending = (
        "The operation cannot be performed at this time. The function is currently in the following state: Pending"
    )
    assert answers.refusal(aws_lambda.invoke, FunctionName="hello", Qualifier="1") == (*CONFLICT, pending)
    lab.clock.advance(minutes=2)
    assert invoke(Qualifier="1")


@pytest.mark.parametrize(
    ("source", "error_type"),
    [
        ("import missing", "Runtime.ImportModuleError"),
        ("raise ValueError('no')", "ValueError"),
        (
            """
            from snapshot_restore_py import register_before_snapshot
            register_before_snapshot(lambda: 1 / 0)
            def handler(event, context): pass
            """,
            "Runtime.BeforeSnapshotError",
        ),
    ],
    ids=["import", "module", "hook"],
)
def test_a_version_whose_init_fails_is_failed(
    source: str, error_type: str, create: Maker, aws_lambda: Any, client: Maker
) -> None:
    create(source, **ON)
    aws_lambda.publish_version(FunctionName="hello")
    found = aws_lambda.get_function_configuration(FunctionName="hello", Qualifier="1")
    assert (found["State"], found["StateReasonCode"], found["LastUpdateStatus"]) == (
        "Failed",
        "FunctionError",
        "Failed",
    )
    assert found["StateReason"].startswith("AWS Lambda could not invoke your SnapStart function.")
    report = next(message for message in messages(client) if message.startswith("INIT_REPORT "))
    assert report.endswith(f"\tPhase: init\tStatus: error\tError Type: {error_type}")
    refused = (*CONFLICT, f"The operation cannot be performed at this time. {FAILED}")
    assert answers.refusal(aws_lambda.invoke, FunctionName="hello", Qualifier="1") == refused
    alias = {"FunctionName": "hello", "Name": "live", "FunctionVersion": "1"}
    assert answers.refusal(aws_lambda.create_alias, **alias) == refused


def test_a_hook_that_fails_after_the_restore_is_no_error_of_the_function(
    create: Maker, aws_lambda: Any, client: Maker
) -> None:
    create(
        """
        from snapshot_restore_py import register_after_restore
        register_after_restore(lambda: 1 / 0)
        def handler(event, context): pass
        """,
        Publish=True,
        **ON,
    )
    assert answers.refusal(aws_lambda.invoke, FunctionName="hello", Qualifier="1") == (
        400,
        "SnapStartException",
        "The afterRestore() runtime hook encountered an error. For more information, check the Amazon CloudWatch logs.",
    )
    *_, error, report = messages(client)
    assert error.startswith("[ERROR] ZeroDivisionError: division by zero\nTraceback (most recent call last):")
    assert report.startswith("RESTORE_REPORT Restore Duration: ")
    assert report.endswith("\tStatus: error\tError Type: Runtime.AfterRestoreError")


def test_hooks_after_the_restore_have_ten_seconds(
    create: Maker, aws_lambda: Any, client: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert environment.RESTORE_LIMIT_S == 10
    monkeypatch.setattr(environment, "RESTORE_LIMIT_S", 0.2)
    create(
        """
        import time
        from snapshot_restore_py import register_after_restore
        register_after_restore(time.sleep, 60)
        def handler(event, context): pass
        """,
        Publish=True,
        **ON,
    )
    assert answers.refusal(aws_lambda.invoke, FunctionName="hello", Qualifier="1") == (
        408,
        "SnapStartTimeoutException",
        "Lambda couldn't restore the snapshot within the timeout limit.",
    )
    assert messages(client)[-1].endswith(" ms\tStatus: timeout")


def test_a_deleted_versions_snapshot_goes_with_it(lab: Lab, create: Maker, invoke: Maker, aws_lambda: Any) -> None:
    create(UNIQUE, Publish=True, **ON)
    invoke(Qualifier="1")
    aws_lambda.delete_function(FunctionName="hello", Qualifier="1")
    assert lab.engine.environments() == []
    stopped = [event for event in lab.events("hello") if type(event).__name__ == "EnvironmentStopped"]
    assert len(stopped) == 2, "the environment and the snapshot"


def test_an_event_whose_restore_fails_is_tried_again_and_lost_with_its_reason(
    lab: Lab, create: Maker, aws_lambda: Any, client: Maker
) -> None:
    queue = client("sqs").create_queue(QueueName="dead")["QueueUrl"]
    arn = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    source = """
        from snapshot_restore_py import register_after_restore
        register_after_restore(lambda: 1 / 0)
        def handler(event, context): pass
    """
    create(source, Publish=True, Role=lab.role("sender", allowing("sqs:SendMessage")), **ON)
    aws_lambda.put_function_event_invoke_config(
        FunctionName="hello",
        Qualifier="1",
        MaximumEventAgeInSeconds=60,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )
    aws_lambda.invoke(FunctionName="hello:1", InvocationType="Event", Payload="1")
    lab.settle()
    lab.clock.advance(minutes=10)
    (message,) = client("sqs").receive_message(QueueUrl=queue)["Messages"]
    told = json.loads(message["Body"])
    assert told["requestContext"]["condition"] == "EventAgeExceeded"
    tries = [event for event in lab.events("hello") if isinstance(event, RestoreEnded)]
    assert len(tries) > 1
    assert told["responseContext"]["statusCode"] == 400


def test_an_event_reaches_a_version_with_snapstart(lab: Lab, create: Maker, aws_lambda: Any) -> None:
    create("def handler(event, context): print('got', event)", Publish=True, **ON)
    aws_lambda.invoke(FunctionName="hello:1", InvocationType="Event", Payload=json.dumps("it"))
    lab.settle()
    assert any(getattr(event, "message", "") == "got it" for event in lab.events("hello"))
