"""The watch: a call goes to the account that was checked, changes only the course's own, and is written down."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from botocore.loaders import Loader

import lambdalab
from lambdalab.real_account import account, aws
from lambdalab.real_account.arns import key_of
from lambdalab.real_account.calls import CREATIONS, Unknown, understand
from lambdalab.real_account.ledger import Key
from lambdalab.real_account.watch import NotYours, WrongPlace

from . import things

if TYPE_CHECKING:
    from collections.abc import Callable

REGION = "us-east-1"


# What is somebody else's ------------------------------------------------------------------------------------------


def test_a_name_that_is_taken_is_refused_before_anything_is_changed(
    real: account.Account, somebody: Callable[..., Any]
) -> None:
    somebody("iam", "create_role", RoleName="theirs", AssumeRolePolicyDocument="{}")
    with pytest.raises(NotYours, match="there is a role 'theirs' in the account 123456789012 already"):
        real.role("theirs")
    assert somebody("iam", "list_attached_role_policies", RoleName="theirs")["AttachedPolicies"] == []
    assert real.ledger.entries() == []
    somebody("iam", "delete_role", RoleName="theirs")


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("sqs", "send_message", {"QueueUrl": "URL", "MessageBody": "x"}),
        ("sqs", "set_queue_attributes", {"QueueUrl": "URL", "Attributes": {"VisibilityTimeout": "1"}}),
        ("sqs", "purge_queue", {"QueueUrl": "URL"}),
        ("sqs", "delete_queue", {"QueueUrl": "URL"}),
        ("sqs", "tag_queue", {"QueueUrl": "URL", "Tags": {"lambdalab:learner": "moto"}}),
    ],
)
def test_what_somebody_else_made_is_not_changed(
    service: str, operation: str, parameters: dict[str, Any], real: account.Account, somebody: Callable[..., Any]
) -> None:
    url = somebody("sqs", "create_queue", QueueName="theirs")["QueueUrl"]
    parameters = {name: url if value == "URL" else value for name, value in parameters.items()}
    with pytest.raises(NotYours, match="the queue 'theirs' in the account 123456789012 was not made by you"):
        getattr(boto3.client(service), operation)(**parameters)
    assert boto3.client("sqs").get_queue_url(QueueName="theirs")["QueueUrl"] == url, "looking is free"
    somebody("sqs", "delete_queue", QueueUrl=url)


def test_what_is_not_there_is_said_by_aws(real: account.Account) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        boto3.client("lambda").delete_function(FunctionName="nobody")


def test_a_creation_that_aws_refuses_leaves_no_entry(real: account.Account) -> None:
    with pytest.raises(ClientError, match="MalformedPolicyDocument"):
        boto3.client("iam").create_policy(PolicyName="bad", PolicyDocument="no JSON")
    assert real.ledger.entries() == []


def test_what_the_cell_deletes_is_not_in_the_ledger_any_more(real: account.Account) -> None:
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="mine")["QueueUrl"]
    assert real.ledger.owns(Key("queue", "mine", REGION))
    sqs.delete_queue(QueueUrl=url)
    assert real.ledger.standing() == []


def test_created_twice_is_what_aws_makes_of_it(real: account.Account) -> None:
    sqs = boto3.client("sqs")
    assert sqs.create_queue(QueueName="mine") is not None
    assert sqs.create_queue(QueueName="mine")["QueueUrl"].endswith("/mine")
    assert len(real.ledger.entries()) == 1


# Marks ------------------------------------------------------------------------------------------------------------


def test_everything_carries_the_courses_tags_beside_its_own(real: account.Account) -> None:
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="mine", tags={"stage": "test"})["QueueUrl"]
    tags = sqs.list_queue_tags(QueueUrl=url)["Tags"]
    assert tags == {"stage": "test", **real.place.tags}
    assert set(real.place.tags) == {f"lambdalab:{name}" for name in ("course", "learner", "session", "expires-at")}


def test_roles_have_the_courses_path_and_their_own_name(real: account.Account) -> None:
    arn = real.role("mine")
    assert arn == "arn:aws:iam::123456789012:role/lambdalab/mine"
    assert boto3.client("iam").get_role(RoleName="mine")["Role"]["Arn"] == arn


def test_a_boundary_is_put_on_each_role(machine: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    boundary = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    monkeypatch.setenv("LAMBDALAB_BOUNDARY", boundary)
    lambdalab.start().role("mine")
    role = boto3.client("iam").get_role(RoleName="mine")["Role"]
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary


# Where a call goes ------------------------------------------------------------------------------------------------


def test_a_client_for_another_region_is_refused(real: account.Account) -> None:
    with pytest.raises(WrongPlace, match="for eu-central-1, and the course works in us-east-1"):
        boto3.client("lambda", region_name="eu-central-1").list_functions()


def test_a_client_that_does_not_lead_to_aws_is_refused(real: account.Account) -> None:
    with pytest.raises(WrongPlace, match="that is not AWS"):
        boto3.client("lambda", endpoint_url="http://127.0.0.1:1").list_functions()


def test_a_client_made_before_the_account_was_opened_is_watched(machine: dict[str, str]) -> None:
    sqs = boto3.client("sqs")
    lab = account.start()
    sqs.create_queue(QueueName="mine")
    assert lab.ledger.owns(Key("queue", "mine", REGION))


def test_credentials_of_another_account_are_refused(real: account.Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another profile, or a role in another account that a cell became."""
    other = boto3.Session("AKIAOTHER", "secret", region_name=REGION).client("lambda")
    identity = {"Account": "999988887777", "Arn": "arn:aws:iam::999988887777:user/ada"}
    monkeypatch.setattr(aws, "client_as", lambda *_: type("Sts", (), {"get_caller_identity": lambda self: identity})())
    with pytest.raises(WrongPlace, match="belong to the account 999988887777, and the one that was checked"):
        other.list_functions()


def test_the_root_users_keys_are_refused_in_any_client(real: account.Account, monkeypatch: pytest.MonkeyPatch) -> None:
    other = boto3.Session("AKIAROOT", "secret", region_name=REGION).client("lambda")
    identity = {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:root"}
    monkeypatch.setattr(aws, "client_as", lambda *_: type("Sts", (), {"get_caller_identity": lambda self: identity})())
    with pytest.raises(WrongPlace, match="root user"):
        other.list_functions()


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("ec2", "run_instances", {"MinCount": 1, "MaxCount": 1}),
        ("lambda", "create_capacity_provider", {}),
        ("dynamodb", "create_backup", {"TableName": "mine", "BackupName": "b"}),
        ("iam", "create_access_key", {}),
        ("iam", "delete_account_alias", {"AccountAlias": "acme-sandbox"}),
        ("iam", "create_saml_provider", {}),
        ("resourcegroupstaggingapi", "tag_resources", {"ResourceARNList": [], "Tags": {}}),
        ("sns", "publish", {"PhoneNumber": "+49123456789", "Message": "expensive"}),
        ("logs", "put_resource_policy", {"policyName": "p", "policyDocument": "{}"}),
    ],
)
def test_what_the_course_could_not_clean_up_is_not_called(
    service: str, operation: str, parameters: dict[str, Any]
) -> None:
    name = "".join(part.capitalize() for part in operation.split("_"))
    name = {"CreateSamlProvider": "CreateSAMLProvider"}.get(name, name)
    with pytest.raises(Unknown, match="calls only what it can clean up after"):
        understand(service, name, parameters, REGION)


def test_every_creation_of_the_table_exists_in_botocore() -> None:
    loader = Loader()
    loader.search_paths.append(loader.BUILTIN_DATA_PATH)
    for service, operation in CREATIONS:
        model = loader.load_service_model(service, "service-2")
        shape = model["operations"][operation]["input"]["shape"]
        creation = CREATIONS[service, operation]
        if creation.tags is not None:
            assert creation.tags[0] in model["shapes"][shape]["members"], (service, operation)


@pytest.mark.parametrize(
    ("arn", "key"),
    [
        ("arn:aws:lambda:us-east-1:1:function:hello:2", ("function", "hello")),
        ("arn:aws:lambda:us-east-1:1:layer:money:3", ("layer", "money")),
        ("arn:aws:lambda:us-east-1:1:event-source-mapping:a-b", ("mapping", "a-b")),
        ("arn:aws:iam::1:role/lambdalab/hello", ("role", "hello", "")),
        ("arn:aws:logs:us-east-1:1:log-group:/aws/lambda/hello:*", ("log-group", "/aws/lambda/hello")),
        ("arn:aws:s3:::photos", ("bucket", "photos", "")),
        ("arn:aws:sqs:us-east-1:1:orders", ("queue", "orders")),
        ("arn:aws:sns:us-east-1:1:news:sub", ("topic", "news")),
        ("arn:aws:dynamodb:us-east-1:1:table/totals/stream/x", ("table", "totals")),
        ("arn:aws:events:us-east-1:1:rule/nightly", ("rule", "default/nightly")),
        ("arn:aws:events:us-east-1:1:rule/shop/nightly", ("rule", "shop/nightly")),
        ("arn:aws:apigateway:us-east-1::/restapis/abc/stages/prod", ("rest-api", "abc")),
        ("arn:aws:apigateway:us-east-1::/apis/abc", ("http-api", "abc")),
        ("arn:aws:ssm:us-east-1:1:parameter/shop/rate", ("parameter", "/shop/rate")),
        ("arn:aws:secretsmanager:us-east-1:1:secret:my-key-AbCdEf", ("secret", "my-key")),
        ("arn:aws:states:us-east-1:1:stateMachine:order", ("state-machine", "order")),
        ("arn:aws:cloudformation:us-east-1:1:stack/shop/uuid", ("stack", "shop")),
        ("arn:aws:ec2:us-east-1:1:instance/i-1", None),
        ("arn:aws:iam::aws:policy/AdministratorAccess", None),
        ("hello", None),
    ],
)
def test_what_an_arn_is_the_arn_of(arn: str, key: tuple[str, ...] | None) -> None:
    assert key_of(arn) == (key and Key(*(key if len(key) == 3 else (*key, REGION))))


# IAM's pace ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def slow_iam(real: account.Account, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """An AWS whose Lambda has not heard of a role for some calls; says how often it was asked."""
    asked = [3]
    original = real._watch._original

    def answer(self: Any, operation: str, parameters: Any) -> Any:
        if operation == "CreateFunction":
            asked[0] -= 1
            if asked[0] >= 0:
                message = "The role defined for the function cannot be assumed by Lambda."
                response = {
                    "Error": {"Code": "InvalidParameterValueException", "Message": message},
                    "ResponseMetadata": {"HTTPStatusCode": 400},
                }
                raise ClientError(response, operation)
        return original(self, operation, parameters)

    real._watch.off()
    monkeypatch.setattr(BaseClient, "_make_api_call", answer)
    real._watch.on()
    return asked


def test_a_new_role_that_lambda_does_not_know_yet_is_waited_for(
    slow_iam: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    things.function()
    assert slow_iam[0] == -1
    assert capsys.readouterr().err.count("Lambda may not know it yet") == 1


def test_a_role_that_stays_wrong_is_refused_in_the_end(slow_iam: list[int], real: account.Account) -> None:
    slow_iam[0] = 1000
    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        things.function()
    assert slow_iam[0] > 980
    assert not real.ledger.owns(Key("function", "thing", REGION))


# Children -----------------------------------------------------------------------------------------------------------

STANDS = str(Path(__file__).with_name("stands_for_aws"))


@pytest.fixture
def child_environ(machine: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", STANDS)


@pytest.mark.usefixtures("child_environ")
def test_the_aws_command_is_watched(somebody: Callable[..., Any]) -> None:
    lab = account.start()

    def command(*arguments: str) -> subprocess.CompletedProcess[str]:
        program = str(Path(sys.executable).with_name("aws"))
        return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60, check=False)

    done = command("logs", "create-log-group", "--log-group-name", "mine")
    assert done.returncode == 0, done.stderr
    assert lab.ledger.owns(Key("log-group", "mine", REGION))

    somebody("logs", "create_log_group", logGroupName="theirs")
    done = command("logs", "delete-log-group", "--log-group-name", "theirs")
    assert done.returncode != 0
    assert "was not made by you" in done.stderr
    somebody("logs", "delete_log_group", logGroupName="theirs")


@pytest.mark.usefixtures("child_environ")
def test_the_run_commands_child_is_watched_and_a_start_in_it_is_no_second_watch(
    machine: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    from lambdalab import cli

    script = (
        "import boto3, lambdalab\n"
        "sqs = boto3.client('sqs')\n"
        "sqs.create_queue(QueueName='before')\n"
        "lab = lambdalab.start()\n"
        "sqs.create_queue(QueueName='after')\n"
        "print([entry.key.name for entry in lab.ledger.entries()])\n"
    )
    assert cli.main(["run", "--", sys.executable, "-c", script]) == 0
    said = capfd.readouterr()
    assert said.out == "['before', 'after']\n"
    assert "still in the account: queue before, queue after" in said.err


def test_up_is_for_this_machine_only(machine: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    from lambdalab import cli

    assert cli.main(["up"]) == 2
    assert "LAMBDALAB_TARGET is aws" in capsys.readouterr().err


# The object -----------------------------------------------------------------------------------------------------------


def test_stop_leaves_the_process_as_it_was(machine: dict[str, str]) -> None:
    import os

    before, call = dict(os.environ), BaseClient._make_api_call
    account.start().stop()
    assert dict(os.environ) == before
    assert BaseClient._make_api_call is call


def test_time_passes_really_and_is_said(machine: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    slept: list[float] = []
    monkeypatch.setattr(account, "sleep", slept.append)
    lab = account.start()
    lab.clock.advance(hours=1)
    lab.clock.advance(seconds=1)
    assert slept == [3600, 1]
    assert "waiting 1 hour, until " in capsys.readouterr().err
    with pytest.raises(ValueError, match="does not go back"):
        lab.clock.advance(seconds=-1)


def test_a_timeline_is_drawn_from_the_logs(real: account.Account) -> None:
    things.function()
    for _ in range(2):
        boto3.client("lambda").invoke(FunctionName="thing", Payload="{}")
    picture = real.timeline("thing")
    assert repr(picture).startswith("thing: 3 calls, 1 cold start, 1 execution environment")
    assert real.events("nobody") == []


def test_a_diagram_shows_what_the_course_made_and_nothing_else(real: account.Account, somebody: Any) -> None:
    things.function()
    boto3.client("lambda").create_function_url_config(FunctionName="thing", AuthType="AWS_IAM")
    topic = boto3.client("sns").create_topic(Name="news")["TopicArn"]
    target = boto3.client("lambda").get_function_configuration(FunctionName="thing")["FunctionArn"]
    boto3.client("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=target)
    theirs = somebody("sns", "create_topic", Name="theirs")["TopicArn"]
    somebody("sns", "subscribe", TopicArn=theirs, Protocol="lambda", Endpoint=target)
    written = len(real.ledger.entries())
    # An account that had a function of this name counts on.
    version = boto3.client("lambda").get_alias(FunctionName="thing", Name="live")["FunctionVersion"]
    assert repr(real.diagram()).splitlines() == [
        "Wiring: 1 function, 2 arrows",
        "Function URL → function thing (synchronous): AuthType AWS_IAM",
        "SNS topic news → function thing (asynchronous): every message",
        f"function thing: live → version {version}",
    ]
    assert len(real.ledger.entries()) == written


def test_what_a_cell_sees_is_the_same_in_both(real: account.Account) -> None:
    """Whatever notebooks call on `lab` is there on a real account as well, and takes the same."""
    from lambdalab.interface import CellLab

    assert isinstance(real, CellLab)
    assert issubclass(lambdalab.Lab, CellLab)
    methods = {name: member for name, member in vars(CellLab).items() if inspect.isfunction(member)}
    assert {"package", "role", "url", "settle", "stop"} <= set(methods)
    for name in methods:
        here, there = (inspect.signature(getattr(each, name)) for each in (lambdalab.Lab, account.Account))
        assert list(here.parameters) == list(there.parameters), name
