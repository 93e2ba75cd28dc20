"""The policy of a function, of a version and of an alias."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    Maker = Callable[..., Any]

ARN = "arn:aws:lambda:us-east-1:123456789012:function:hello"
ECHO = "def handler(event, context): return event"
NOTHING = (404, "ResourceNotFoundException", "The resource you requested does not exist.")


@pytest.fixture
def allow(create: Maker, aws_lambda: Any) -> Maker:
    """Lets S3 invoke a function that has an alias."""
    create(ECHO, Publish=True)
    aws_lambda.create_alias(FunctionName="hello", Name="live", FunctionVersion="1")

    def add(sid: str = "s3", **settings: Any) -> Any:
        given = {
            "FunctionName": "hello",
            "StatementId": sid,
            "Action": "lambda:InvokeFunction",
            "Principal": "s3.amazonaws.com",
            **settings,
        }
        return json.loads(aws_lambda.add_permission(**given)["Statement"])

    return add


def resources(aws_lambda: Any, **qualifier: str) -> list[str]:
    policy = json.loads(aws_lambda.get_policy(FunctionName="hello", **qualifier)["Policy"])
    return [statement["Resource"] for statement in policy["Statement"]]


def refusal(call: Callable[[], Any]) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as caught:
        call()
    response = caught.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"], response["Error"]["Message"]


def test_a_statement_says_who_may_do_what(allow: Maker) -> None:
    assert allow(SourceArn="arn:aws:s3:::bucket") == {
        "Sid": "s3",
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": ARN,
        "Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::bucket"}},
    }


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("*", "*"),
        ("123456789012", {"AWS": "arn:aws:iam::123456789012:root"}),
        ("arn:aws:iam::123456789012:role/website", {"AWS": "arn:aws:iam::123456789012:role/website"}),
        ("sns.amazonaws.com", {"Service": "sns.amazonaws.com"}),
    ],
)
def test_a_statement_names_accounts_roles_and_services_as_policies_do(allow: Maker, given: str, named: Any) -> None:
    assert allow(Principal=given)["Principal"] == named


def test_each_alias_has_a_policy_of_its_own(allow: Maker, aws_lambda: Any) -> None:
    allow()
    allow(Qualifier="live")
    assert resources(aws_lambda) == [ARN]
    assert resources(aws_lambda, Qualifier="live") == [f"{ARN}:live"]
    assert refusal(lambda: resources(aws_lambda, Qualifier="1")) == NOTHING


def test_an_alias_that_moves_on_keeps_its_policy(allow: Maker, aws_lambda: Any) -> None:
    allow(Qualifier="live")
    aws_lambda.update_function_configuration(FunctionName="hello", Description="new")
    version = aws_lambda.publish_version(FunctionName="hello")["Version"]
    aws_lambda.update_alias(FunctionName="hello", Name="live", FunctionVersion=version)
    assert resources(aws_lambda, Qualifier="live") == [f"{ARN}:live"]


def test_a_statement_id_is_taken_once(allow: Maker) -> None:
    allow()
    assert refusal(allow) == (
        409,
        "ResourceConflictException",
        "The statement id (s3) provided already exists. Please provide a new statement id, or remove the existing "
        "statement.",
    )
    allow(Qualifier="live")


def test_what_is_removed_is_removed_for_one_qualifier(allow: Maker, aws_lambda: Any) -> None:
    allow()
    allow(Qualifier="live")
    response = aws_lambda.remove_permission(FunctionName="hello", StatementId="s3", Qualifier="live")
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert refusal(lambda: resources(aws_lambda, Qualifier="live")) == NOTHING
    assert resources(aws_lambda) == [ARN]
    assert refusal(lambda: aws_lambda.remove_permission(FunctionName="hello", StatementId="other"))[0] == 404
