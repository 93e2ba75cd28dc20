"""Conditions on what a resource has: tags, and the boundary of a role; and a role's path, which is in its ARN."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from lambdalab.authorization import resources
from tests.lambdalab.answers import refusal
from tests.lambdalab.conftest import IMPATIENT

if TYPE_CHECKING:
    from collections.abc import Callable

    Maker = Callable[..., Any]

HERE = "us-east-1:123456789012"
BOUNDARY = "arn:aws:iam::123456789012:policy/limit"
LIST = [{"Key": "Team", "Value": "cats"}]


def function(client: Maker, create: Maker) -> str:
    return str(create("def handler(event, context): return 1", Tags={"Team": "cats"})["FunctionArn"])


def version(client: Maker, create: Maker) -> str:
    function(client, create)
    return str(client("lambda").publish_version(FunctionName="hello")["FunctionArn"])


def table(client: Maker, create: Maker) -> str:
    made = client("dynamodb").create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=LIST,
    )
    return str(made["TableDescription"]["TableArn"])


def queue(client: Maker, create: Maker) -> str:
    client("sqs").create_queue(QueueName="work", tags={"Team": "cats"})
    return f"arn:aws:sqs:{HERE}:work"


def topic(client: Maker, create: Maker) -> str:
    return str(client("sns").create_topic(Name="news", Tags=LIST)["TopicArn"])


def role(client: Maker, create: Maker) -> str:
    made = client("iam").create_role(RoleName="made", Path="/team/", AssumeRolePolicyDocument="{}", Tags=LIST)
    return str(made["Role"]["Arn"])


def user(client: Maker, create: Maker) -> str:
    return str(client("iam").create_user(UserName="tom", Tags=LIST)["User"]["Arn"])


@pytest.mark.parametrize("make", [function, version, table, queue, topic, role, user])
def test_a_policy_can_ask_for_the_tags_of(make: Maker, client: Maker, create: Maker) -> None:
    assert resources.keys_of(make(client, create)) == {"aws:resourcetag/team": "cats"}


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:lambda:{HERE}:function:nowhere",
        f"arn:aws:dynamodb:{HERE}:table/nowhere",
        f"arn:aws:sqs:{HERE}:nowhere",
        f"arn:aws:sns:{HERE}:nowhere",
        "arn:aws:iam::123456789012:role/nowhere",
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "*",
    ],
)
def test_what_is_not_there_has_none(arn: str, lab: Any) -> None:
    assert resources.keys_of(arn) == {}


def test_a_roles_boundary_and_path_count(client: Maker) -> None:
    """Who may write the policies of roles below /team/ with a certain boundary."""
    iam = client("iam")
    for name, settings in (("held", {"PermissionsBoundary": BOUNDARY}), ("free", {})):
        iam.create_role(RoleName=name, Path="/team/", AssumeRolePolicyDocument="{}", **settings)
    iam.create_role(RoleName="elsewhere", AssumeRolePolicyDocument="{}", PermissionsBoundary=BOUNDARY)
    iam.create_user(UserName="ada")
    statement = {
        "Effect": "Allow",
        "Action": "iam:PutRolePolicy",
        "Resource": "arn:aws:iam::*:role/team/*",
        "Condition": {"ArnEquals": {"iam:PermissionsBoundary": BOUNDARY}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    iam.put_user_policy(UserName="ada", PolicyName="p", PolicyDocument=document)
    key = iam.create_access_key(UserName="ada")["AccessKey"]
    ada = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"]).client("iam", config=IMPATIENT)
    ada.put_role_policy(RoleName="held", PolicyName="p", PolicyDocument=document)
    for name, arn in (("free", "role/team/free"), ("elsewhere", "role/elsewhere")):
        status, code, message = refusal(ada.put_role_policy, RoleName=name, PolicyName="p", PolicyDocument=document)
        assert (status, code) == (403, "AccessDenied")
        assert f"on resource: arn:aws:iam::123456789012:{arn} " in message
