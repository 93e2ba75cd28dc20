"""`lambdalab clean`: everything that the course created, in any order, after any crash; and nothing else."""

from __future__ import annotations

import dataclasses
import signal
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

import lambdalab
from lambdalab import cli
from lambdalab.real_account import account
from lambdalab.real_account.kinds import KINDS
from lambdalab.real_account.ledger import Ledger
from lambdalab.real_account.watch import NotYours

from . import things
from .conftest import drive

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


Ask = Any
"""Asks the account what is in it: `what_is_there`."""


def clean(*arguments: str) -> int:
    lambdalab.stop()
    return cli.main(["clean", *arguments])


def test_everything_is_recorded_shown_and_deleted_with_all_that_belongs_to_it(
    real: account.Account, what_is_there: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    things.everything()
    assert {entry.key.kind for entry in real.ledger.entries()} == set(KINDS), "a kind that nobody has tried"
    before = what_is_there()

    assert clean() == 0
    shown = capsys.readouterr().out
    assert "Nothing was deleted" in shown
    assert {line.split()[0] for line in shown.splitlines() if line.startswith("  ")} == set(KINDS)
    assert what_is_there() == before

    assert clean("--yes") == 0
    assert what_is_there() == {}
    assert Ledger(real.ledger.file).standing() == []


def test_without_the_ledger_tags_and_paths_find_what_they_can(
    real: account.Account, what_is_there: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    """On another machine, or when the ledger was lost."""
    things.everything()
    kept = real.ledger.file.read_bytes()
    real.ledger.file.unlink()

    assert clean("--yes") == 0

    left = set(what_is_there())
    assert left.isdisjoint(
        {
            *("iam:Roles", "iam:Users", "iam:Policies", "lambda:Functions", "lambda:EventSourceMappings"),
            *("apigateway:items", "apigatewayv2:Items", "sqs:QueueUrls", "sns:Topics", "dynamodb:TableNames"),
            *("s3:Buckets", "secretsmanager:SecretList"),
        }
    )
    untaggable = {"lambda:Layers", "scheduler:Schedules", "iam:Groups"}  # on AWS, these have no tags
    not_found_by_moto = {  # on AWS, the search by tags finds them
        *("events:Rules", "events:Buses", "cloudwatch:MetricAlarms", "ssm:Parameters", "logs:logGroups"),
        *("scheduler:Groups", "stepfunctions:stateMachines", "kinesis:StreamNames"),
    }
    assert left <= untaggable | not_found_by_moto
    real.ledger.file.write_bytes(kept)
    assert clean("--yes") == 0
    assert what_is_there() == {}


def test_what_somebody_else_made_is_never_deleted(
    real: account.Account, somebody: Callable[..., Any], what_is_there: Ask
) -> None:
    """Beside ours, with names like ours, under our path, with tags of another learner, and with logs like ours."""
    others = {"lambdalab:course": "aws-lambda-deep-dive", "lambdalab:learner": "grace"}
    as_list = [{"Key": key, "Value": value} for key, value in others.items()]
    somebody("iam", "create_role", RoleName="hers", Path="/lambdalab/", AssumeRolePolicyDocument="{}", Tags=as_list)
    somebody("iam", "create_role", RoleName="bare", Path="/lambdalab/", AssumeRolePolicyDocument="{}")
    somebody("iam", "create_group", GroupName="hers", Path="/lambdalab/")
    somebody("sqs", "create_queue", QueueName="hers", tags=others)
    somebody("logs", "create_log_group", logGroupName="/aws/lambda/things")
    somebody("s3", "create_bucket", Bucket="hers")
    somebody("apigateway", "create_rest_api", name="thing")
    before = what_is_there()
    things.mapping()

    assert clean("--yes") == 0

    assert what_is_there() == before
    for service, operation, parameters in (
        ("iam", "delete_role", {"RoleName": "hers"}),
        ("iam", "delete_role", {"RoleName": "bare"}),
        ("iam", "delete_group", {"GroupName": "hers"}),
        ("sqs", "delete_queue", {"QueueUrl": somebody("sqs", "get_queue_url", QueueName="hers")["QueueUrl"]}),
        ("logs", "delete_log_group", {"logGroupName": "/aws/lambda/things"}),
        ("s3", "delete_bucket", {"Bucket": "hers"}),
        ("apigateway", "delete_rest_api", {"restApiId": somebody("apigateway", "get_rest_apis")["items"][0]["id"]}),
    ):
        somebody(service, operation, **parameters)
    assert what_is_there() == {}


def test_a_name_that_somebody_else_has_now_is_left_alone(
    real: account.Account, somebody: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """Ours was deleted in the console, and the name was taken again."""
    things.table()
    somebody("dynamodb", "delete_table", TableName="thing")
    somebody(
        "dynamodb",
        "create_table",
        TableName="thing",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    with pytest.raises(NotYours, match="Somebody may have deleted yours"):
        boto3.client("dynamodb").delete_table(TableName="thing")
    assert clean("--yes") == 0
    assert "left alone: table thing (us-east-1): it does not carry your tags" in capsys.readouterr().out
    assert Ledger(real.ledger.file).standing() == [], "it is not the course's any more"
    assert somebody("dynamodb", "list_tables")["TableNames"] == ["thing"]
    somebody("dynamodb", "delete_table", TableName="thing")


def test_the_log_of_a_function_that_logs_after_its_end_is_found(
    real: account.Account, somebody: Callable[..., Any], what_is_there: Ask
) -> None:
    """The last lines arrive when function and log group are deleted, and CloudWatch makes the group anew."""
    things.function()
    boto3.client("lambda").delete_function(FunctionName="thing")
    boto3.client("logs").delete_log_group(logGroupName="/aws/lambda/thing")
    somebody("logs", "create_log_group", logGroupName="/aws/lambda/thing")

    assert clean("--yes") == 0
    assert what_is_there() == {}


def test_cleaning_an_account_with_nothing_in_it(real: account.Account, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ((), ("--yes",), ("--yes",)):
        assert clean(*arguments) == 0
        assert "nothing is left" in capsys.readouterr().out


def test_it_can_be_killed_after_each_step_and_run_again(
    machine: dict[str, str], what_is_there: Ask, tmp_path: Path
) -> None:
    """The clean-up dies after its first change, is run again, dies after the next one, and so on to the end."""
    lab = account.start()
    things.mapping()
    things.bucket()
    things.policy()
    lambdalab.stop()
    assert lab.ledger.standing()

    killed = 0
    while (done := drive(machine, "cli", "clean", "--yes", more={"DIE_AFTER": "3"})).returncode == -signal.SIGKILL:
        killed += 1
        assert killed < 60
    assert done.returncode == 0, done.stdout + done.stderr
    assert killed >= 4
    assert what_is_there() == {}


def test_what_cannot_be_deleted_is_said_and_the_rest_is(
    real: account.Account, what_is_there: Ask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from lambdalab.real_account import sweep

    things.mapping()

    def refuse(aws: Any, name: str) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "you may not"}}, "DeleteQueue")

    allowed = KINDS["queue"]
    monkeypatch.setitem(sweep.KINDS, "queue", dataclasses.replace(allowed, delete=refuse))
    assert clean("--yes") == 1
    said = capsys.readouterr().out
    assert "NOT deleted: queue thing (us-east-1)" in said
    assert "you may not" in said
    assert set(what_is_there()) == {"sqs:QueueUrls"}

    monkeypatch.setitem(sweep.KINDS, "queue", allowed)
    assert clean("--yes") == 0
    assert what_is_there() == {}


def test_where_a_learner_may_not_look_is_said_and_the_rest_is_cleaned(
    real: account.Account, what_is_there: Ask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A policy for learners shows them little: listings are refused, here those of APIs and of tags."""
    things.layer()
    lambdalab.stop()
    allowed = BaseClient._make_api_call

    def answer(self: Any, operation: str, parameters: Any) -> Any:
        if operation in ("GetRestApis", "GetApis", "GetResources"):
            response = {"Error": {"Code": "AccessDeniedException", "Message": "is not authorized to perform"}}
            raise ClientError(response, operation)
        return allowed(self, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", answer)
    assert cli.main(["clean", "--yes"]) == 0
    said = capsys.readouterr().out
    monkeypatch.setattr(BaseClient, "_make_api_call", allowed)
    assert "left alone: every rest-api in us-east-1: you have no permission to look there" in said
    assert "left alone: tags in us-east-1: you have no permission to look there" in said
    assert what_is_there() == {}


def test_only_a_real_account_is_cleaned(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("LAMBDALAB_TARGET", raising=False)
    assert cli.main(["clean", "--yes"]) == 1
    assert "LAMBDALAB_TARGET is not set to aws" in capsys.readouterr().err


def test_a_bad_account_is_not_cleaned(machine: dict[str, str], somebody: Callable[..., Any]) -> None:
    somebody("sqs", "create_queue", QueueName="theirs")
    done = drive(machine, "cli", "clean", "--yes", more={"LAMBDALAB_ACCOUNTS": "111122223333"})
    assert (done.returncode, done.stdout) == (1, "")
    assert "No call was made in a real account" in done.stderr
    somebody("sqs", "delete_queue", QueueUrl=somebody("sqs", "get_queue_url", QueueName="theirs")["QueueUrl"])
