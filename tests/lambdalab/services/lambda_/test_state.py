"""Pending and Active, InProgress and Successful, and the revisions between them."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from tests.lambdalab.answers import refusal
from tests.lambdalab.packages import allowing, zipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab

    Maker = Callable[..., Any]

ECHO = "def handler(event, context): return event"
CONFLICT = (409, "ResourceConflictException")


def test_a_created_function_is_pending_in_the_answer_and_active_at_the_next_look(
    create: Maker, aws_lambda: Any
) -> None:
    made = create(ECHO)
    assert (made["State"], made["StateReason"], made["StateReasonCode"]) == (
        "Pending",
        "The function is being created.",
        "Creating",
    )
    assert "LastUpdateStatus" not in made
    found = aws_lambda.get_function_configuration(FunctionName="hello")
    assert (found["State"], found["LastUpdateStatus"]) == ("Active", "Successful")
    assert not {"StateReason", "StateReasonCode", "LastUpdateStatusReason"} & set(found)


@pytest.mark.parametrize("update", ["code", "configuration"])
def test_an_update_is_in_progress_in_the_answer_and_done_at_the_next_look(
    create: Maker, aws_lambda: Any, update: str
) -> None:
    create(ECHO)
    if update == "code":
        changed = aws_lambda.update_function_code(FunctionName="hello", ZipFile=zipped({"app.py": ECHO}))
    else:
        changed = aws_lambda.update_function_configuration(FunctionName="hello", Timeout=9)
    assert [changed[name] for name in ("State", "LastUpdateStatus", "LastUpdateStatusReasonCode")] == [
        "Active",
        "InProgress",
        "Creating",
    ]
    assert changed["LastUpdateStatusReason"] == "The function is being created."
    assert aws_lambda.get_function(FunctionName="hello")["Configuration"]["LastUpdateStatus"] == "Successful"


def test_waiters_return_at_once(create: Maker, aws_lambda: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("botocore.waiter.time", SimpleNamespace(sleep=slept.append))
    create(ECHO)
    for waiter in ("function_exists", "function_active", "function_active_v2"):
        aws_lambda.get_waiter(waiter).wait(FunctionName="hello")
    aws_lambda.update_function_configuration(FunctionName="hello", Timeout=9)
    for waiter in ("function_updated", "function_updated_v2"):
        aws_lambda.get_waiter(waiter).wait(FunctionName="hello")
    aws_lambda.publish_version(FunctionName="hello")
    aws_lambda.get_waiter("published_version_active").wait(FunctionName="hello", Qualifier="1")
    assert slept == [], "a waiter that looks twice sleeps in between"


def test_a_change_can_take_time_on_the_labs_clock(lab: Lab, create: Maker, invoke: Maker, aws_lambda: Any) -> None:
    lab.pace.deployment_seconds = 60
    create(ECHO)
    pending = (
        "The operation cannot be performed at this time. The function is currently in the following state: Pending"
    )
    assert aws_lambda.get_function_configuration(FunctionName="hello")["State"] == "Pending"
    for call in (aws_lambda.invoke, aws_lambda.update_function_configuration, aws_lambda.publish_version):
        assert refusal(call, FunctionName="hello") == (*CONFLICT, pending)
    lab.clock.advance(seconds=60)
    assert aws_lambda.get_function_configuration(FunctionName="hello")["State"] == "Active"
    assert invoke(event=1) == 1


def test_a_function_runs_as_before_until_its_update_is_done(
    lab: Lab, create: Maker, invoke: Maker, aws_lambda: Any
) -> None:
    create("def handler(event, context): return 'old'")
    lab.pace.deployment_seconds = 60
    new = zipped({"app.py": "def handler(event, context): return 'new'"})
    arn = aws_lambda.update_function_code(FunctionName="hello", ZipFile=new)["FunctionArn"]
    assert aws_lambda.get_function_configuration(FunctionName="hello")["LastUpdateStatus"] == "InProgress"
    assert invoke() == "old"
    in_progress = f"The operation cannot be performed at this time. An update is in progress for resource: {arn}"
    assert refusal(aws_lambda.update_function_code, FunctionName="hello", ZipFile=new) == (*CONFLICT, in_progress)
    assert refusal(aws_lambda.update_function_configuration, FunctionName="hello") == (*CONFLICT, in_progress)
    assert refusal(aws_lambda.publish_version, FunctionName="hello") == (*CONFLICT, in_progress)
    lab.clock.advance(seconds=60)
    assert invoke() == "new"


def test_the_revision_moves_with_every_change_and_with_its_end(create: Maker, aws_lambda: Any) -> None:
    seen = [create(ECHO)["RevisionId"]]

    def look() -> None:
        seen.append(aws_lambda.get_function(FunctionName="hello")["Configuration"]["RevisionId"])

    look()
    seen.append(aws_lambda.update_function_configuration(FunctionName="hello", Timeout=9)["RevisionId"])
    look()
    seen.append(aws_lambda.update_function_code(FunctionName="hello", ZipFile=zipped({"app.py": ECHO}))["RevisionId"])
    look()
    assert len(set(seen)) == 6
    look()
    assert seen[-1] == seen[-2]


@pytest.mark.parametrize("update", ["code", "configuration"])
def test_an_update_may_expect_a_revision(create: Maker, aws_lambda: Any, update: str) -> None:
    stale = create(ECHO)["RevisionId"]
    call, what = {
        "code": (aws_lambda.update_function_code, {"ZipFile": zipped({"app.py": ECHO})}),
        "configuration": (aws_lambda.update_function_configuration, {"Timeout": 9}),
    }[update]
    assert refusal(call, FunctionName="hello", RevisionId=stale, **what) == (
        412,
        "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. "
        "Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
    )
    fresh = aws_lambda.get_function_configuration(FunctionName="hello")["RevisionId"]
    assert call(FunctionName="hello", RevisionId=fresh, **what)["LastUpdateStatus"] == "InProgress"


def test_a_dry_run_of_an_update_changes_nothing(create: Maker, invoke: Maker, aws_lambda: Any) -> None:
    create(ECHO)
    before = aws_lambda.get_function_configuration(FunctionName="hello")
    aws_lambda.update_function_code(
        FunctionName="hello", ZipFile=zipped({"app.py": "def handler(event, context): return 'new'"}), DryRun=True
    )
    after = aws_lambda.get_function_configuration(FunctionName="hello")
    assert (after["CodeSha256"], after["RevisionId"]) == (before["CodeSha256"], before["RevisionId"])
    assert invoke(event="same") == "same"


def test_last_modified_is_written_as_by_lambda(lab: Lab, create: Maker, aws_lambda: Any) -> None:
    made = create(ECHO)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000\+0000", made["LastModified"])
    lab.clock.advance(days=1)
    changed = aws_lambda.update_function_configuration(FunctionName="hello", Timeout=9)
    assert made["LastModified"][:10] < changed["LastModified"][:10]


# What a configuration holds ---------------------------------------------------------------------------------------

DEFAULTS = {
    "Architectures": ["x86_64"],
    "Description": "",
    "EphemeralStorage": {"Size": 512},
    "FunctionName": "hello",
    "Handler": "app.handler",
    "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/aws/lambda/hello"},
    "MemorySize": 128,
    "PackageType": "Zip",
    "Runtime": "python3.13",
    "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
    "Timeout": 20,
    "TracingConfig": {"Mode": "PassThrough"},
    "Version": "$LATEST",
}
VARYING = {"CodeSha256", "CodeSize", "FunctionArn", "LastModified", "RevisionId", "Role", "RuntimeVersionConfig"}


def test_a_configuration_has_the_members_that_aws_gives_it(create: Maker, aws_lambda: Any) -> None:
    made = create(ECHO)
    del made["ResponseMetadata"]
    assert {name: made[name] for name in DEFAULTS} == DEFAULTS
    assert set(made) == {*DEFAULTS, *VARYING, "State", "StateReason", "StateReasonCode"}
    found = aws_lambda.get_function(FunctionName="hello")
    assert set(found["Configuration"]) == {*DEFAULTS, *VARYING, "State", "LastUpdateStatus"}
    assert set(found) - {"ResponseMetadata"} == {"Configuration", "Code"}
    assert found["Code"]["RepositoryType"] == "S3"


SETTINGS: dict[str, Any] = {
    "Description": "changed",
    "Environment": {"Variables": {"STAGE": "test"}},
    "EphemeralStorage": {"Size": 1024},
    "Handler": "other.handler",
    "LoggingConfig": {
        "LogFormat": "JSON",
        "ApplicationLogLevel": "DEBUG",
        "SystemLogLevel": "WARN",
        "LogGroup": "/shop/orders",
    },
    "MemorySize": 256,
    "Runtime": "python3.12",
    "SnapStart": {"ApplyOn": "PublishedVersions"},
    "Timeout": 9,
    "TracingConfig": {"Mode": "Active"},
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_is_kept_on_creation_and_on_update(lab: Lab, create: Maker, aws_lambda: Any, setting: str) -> None:
    value = SETTINGS[setting]
    lab.role("role", allowing("xray:PutTraceSegments"))

    def kept() -> Any:
        found = aws_lambda.get_function_configuration(FunctionName="hello")[setting]
        return {name: found[name] for name in value} if isinstance(value, dict) else found

    create(ECHO, **{setting: value})
    assert kept() == value
    aws_lambda.delete_function(FunctionName="hello")
    create(ECHO)
    aws_lambda.update_function_configuration(FunctionName="hello", **{setting: value})
    assert kept() == value
    aws_lambda.update_function_configuration(FunctionName="hello")
    assert kept() == value, "what an update does not name stays"


def test_an_environment_that_was_given_is_shown_even_if_empty(create: Maker, aws_lambda: Any) -> None:
    create(ECHO, Environment={"Variables": {"STAGE": "test"}})
    changed = aws_lambda.update_function_configuration(FunctionName="hello", Environment={})
    assert changed["Environment"] == {"Variables": {}}


def test_a_function_logs_to_the_group_that_it_names(create: Maker, invoke: Maker, client: Maker) -> None:
    create(
        """
        import os
        def handler(event, context):
            return [context.log_group_name, os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]]
        """,
        LoggingConfig={"LogGroup": "/shop/orders"},
    )
    assert invoke() == ["/shop/orders", "/shop/orders"]
    (group,) = client("logs").describe_log_groups()["logGroups"]
    assert group["logGroupName"] == "/shop/orders"


def test_answers_are_json_with_a_request_id(create: Maker, aws_lambda: Any) -> None:
    create(ECHO)
    headers = aws_lambda.list_functions()["ResponseMetadata"]["HTTPHeaders"]
    assert headers["content-type"] == "application/json"
    assert json.dumps(headers["x-amzn-requestid"]).count("-") == 4
