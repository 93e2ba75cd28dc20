"""A learner called ada in a lab that holds her to the policies as an account would: what she does, what she tries."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

import lambdalab
from lambdalab.execution_role import LAMBDA_MAY_ASSUME
from lambdalab.real_account.place import PATH
from tests.lambdalab.answers import refusal
from tests.lambdalab.conftest import IMPATIENT
from tests.lambdalab.packages import zipped

from . import record, replay
from .test_student_policy import BASIC, BOUNDARY, FUNCTION, MARKS, TAGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Maker = Callable[..., Any]

CODE = {"ZipFile": zipped({"app.py": "def handler(event, context): return 'hers'"})}
SETTINGS = {"Runtime": "python3.13", "Handler": "app.handler", "Code": CODE}
ROLE = {"Path": PATH, "AssumeRolePolicyDocument": json.dumps(LAMBDA_MAY_ASSUME)}
DENIED = (403, "AccessDeniedException")
DENIED_BY_IAM = (403, "AccessDenied")


@pytest.fixture(scope="module")
def clients() -> Iterator[Callable[[str], Maker]]:
    """For "teacher", "ada" or "bob": what makes their clients."""
    lambdalab.stop()
    with lambdalab.start():
        iam = boto3.client("iam")
        boundary = record.BOUNDARY.read_text(encoding="utf-8")
        assert iam.create_policy(PolicyName="lambdalab-boundary", PolicyDocument=boundary)["Policy"]["Arn"] == BOUNDARY
        arns = [
            iam.create_policy(PolicyName=f"student-{number}", PolicyDocument=json.dumps(document))["Policy"]["Arn"]
            for number, document in enumerate(replay.policies())
        ]
        sessions = {"teacher": boto3.Session()}
        for name in ("ada", "bob"):
            iam.create_user(UserName=name)
            for arn in arns:
                iam.attach_user_policy(UserName=name, PolicyArn=arn)
            key = iam.create_access_key(UserName=name)["AccessKey"]
            sessions[name] = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"])
        yield lambda name: lambda service: sessions[name].client(service, config=IMPATIENT)


@pytest.fixture(scope="module")
def hers(clients: Callable[[str], Maker]) -> str:
    """Ada's role, and a function of hers with it; the role's ARN."""
    client = clients("ada")
    iam, aws_lambda = client("iam"), client("lambda")
    arn = iam.create_role(RoleName="hers", Tags=TAGS, PermissionsBoundary=BOUNDARY, **ROLE)["Role"]["Arn"]
    iam.attach_role_policy(RoleName="hers", PolicyArn=BASIC)
    iam.put_role_policy(RoleName="hers", PolicyName="all", PolicyDocument=json.dumps(everything()))
    aws_lambda.create_function(FunctionName="hers", Role=arn, Tags=MARKS, **SETTINGS)
    return str(arn)


def everything() -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def test_she_works_with_what_is_hers(clients: Callable[[str], Maker], hers: str) -> None:
    aws_lambda = clients("ada")("lambda")
    assert json.load(aws_lambda.invoke(FunctionName="hers")["Payload"]) == "hers"
    aws_lambda.update_function_configuration(FunctionName="hers", Timeout=5)
    version = aws_lambda.publish_version(FunctionName="hers")["Version"]
    assert aws_lambda.invoke(FunctionName=f"hers:{version}")["StatusCode"] == 200
    assert "hers" in [each["FunctionName"] for each in aws_lambda.list_functions()["Functions"]]


def test_she_is_told_that_a_name_is_free(clients: Callable[[str], Maker]) -> None:
    client = clients("ada")
    assert refusal(client("lambda").get_function, FunctionName="nowhere")[:2] == (404, "ResourceNotFoundException")
    assert refusal(client("iam").get_role, RoleName="nowhere")[:2] == (404, "NoSuchEntity")


TRIES: dict[str, tuple[str, Callable[[Any, str], Any], tuple[int, str]]] = {
    "a function without tags": (
        "lambda",
        lambda client, role: client.create_function(FunctionName="new", Role=role, **SETTINGS),
        DENIED,
    ),
    "a function in the teacher's name": (
        "lambda",
        lambda client, role: client.create_function(
            FunctionName="new", Role=role, Tags={**MARKS, "lambdalab:learner": "teacher"}, **SETTINGS
        ),
        DENIED,
    ),
    "a role without the boundary": (
        "iam",
        lambda client, role: client.create_role(RoleName="new", Tags=TAGS, **ROLE),
        DENIED_BY_IAM,
    ),
    "her role without its boundary": (
        "iam",
        lambda client, role: client.delete_role_permissions_boundary(RoleName="hers"),
        DENIED_BY_IAM,
    ),
    "an administrator's policy": (
        "iam",
        lambda client, role: client.attach_role_policy(
            RoleName="hers", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
        ),
        DENIED_BY_IAM,
    ),
    "a user": ("iam", lambda client, role: client.create_user(UserName="eve"), DENIED_BY_IAM),
    "another boundary": (
        "iam",
        lambda client, role: client.create_policy_version(
            PolicyArn=BOUNDARY, PolicyDocument=json.dumps(everything()), SetAsDefault=True
        ),
        DENIED_BY_IAM,
    ),
}


@pytest.mark.parametrize("case", TRIES)
def test_she_tries(case: str, clients: Callable[[str], Maker], hers: str) -> None:
    service, attempt, expected = TRIES[case]
    status, code, message = refusal(lambda: attempt(clients("ada")(service), hers))
    assert (status, code) == expected
    assert f"User: {replay.ADA} is not authorized to perform: {service}:" in message


@pytest.mark.parametrize(
    "attempt",
    [
        lambda client: client.delete_function(FunctionName="hers"),
        lambda client: client.invoke(FunctionName="hers"),
        lambda client: client.get_function(FunctionName="hers"),
        lambda client: client.update_function_code(FunctionName="hers", ZipFile=CODE["ZipFile"]),
        lambda client: client.tag_resource(Resource=f"{FUNCTION}hers", Tags={**MARKS, "lambdalab:learner": "bob"}),
    ],
)
def test_another_learner_does_not_get_at_it(
    attempt: Callable[[Any], Any], clients: Callable[[str], Maker], hers: str
) -> None:
    assert refusal(lambda: attempt(clients("bob")("lambda")))[:2] == DENIED


def test_a_role_that_may_do_everything_does_what_the_boundary_says(clients: Callable[[str], Maker], hers: str) -> None:
    """Ada's function makes a user, or so she hopes."""
    source = """
        import boto3

        def handler(event, context):
            return boto3.client("iam").create_user(UserName="eve")
    """
    aws_lambda = clients("ada")("lambda")
    tags = {"Tags": MARKS, "Timeout": 20}
    aws_lambda.create_function(
        FunctionName="hopes", Role=hers, **{**SETTINGS, "Code": {"ZipFile": zipped({"app.py": source})}, **tags}
    )
    said = json.load(aws_lambda.invoke(FunctionName="hopes")["Payload"])["errorMessage"]
    assert "is not authorized to perform: iam:CreateUser" in said
    assert "because no permissions boundary allows the iam:CreateUser action" in said
    assert [each["UserName"] for each in clients("teacher")("iam").list_users()["Users"]] == ["ada", "bob"]
