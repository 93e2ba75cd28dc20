"""A package in S3 is read with the permissions of who creates or updates a function, or publishes a layer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.lambdalab.packages import allowing, zipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab

    Clients = Callable[[str], Any]
    Deploy = Callable[..., Any]

PLACE = {"S3Bucket": "code", "S3Key": "app.zip"}
NEWEST, FIRST = "the newest", "the first"
DENIED = (
    "AccessDeniedException",
    403,
    "Your access has been denied by S3, please make sure your request credentials have permission to GetObject for "
    "code/{}. S3 Error Code: AccessDenied. S3 Error Message: Access Denied",
)
INVALID = ("InvalidParameterValueException", 400)
NOT_READ = "Error occurred while GetObject. S3 Error Code: {}. S3 Error Message: The specified {}"


@pytest.fixture
def first(client: Clients) -> str:
    """The version of the first of two packages of the same name."""
    s3 = client("s3")
    s3.create_bucket(Bucket="code")
    s3.put_bucket_versioning(Bucket="code", VersioningConfiguration={"Status": "Enabled"})
    versions = [
        s3.put_object(Bucket="code", Key="app.zip", Body=zipped({"app.py": f"handler = lambda *_: {text!r}"}))
        for text in (FIRST, NEWEST)
    ]
    return str(versions[0]["VersionId"])


def create(lab: Lab, aws_lambda: Any, **place: str) -> Any:
    settings = {"FunctionName": "hello", "Runtime": "python3.13", "Handler": "app.handler", "Role": lab.role("hello")}
    return aws_lambda.create_function(**settings, Code=place)


def update(lab: Lab, aws_lambda: Any, **place: str) -> Any:
    return aws_lambda.update_function_code(FunctionName="hello", **place)


def publish(lab: Lab, aws_lambda: Any, **place: str) -> Any:
    return aws_lambda.publish_layer_version(LayerName="shared", Content=place)


def refusal(deploy: Deploy, *args: Any, **place: str) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as caught:
        deploy(*args, **place)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


@pytest.fixture(params=[create, update, publish])
def deploy(request: pytest.FixtureRequest, lab: Lab, client: Clients, first: str) -> Deploy:
    """Each of the calls that take code from S3; a function to update is there."""
    if request.param is update:
        create(lab, client("lambda"), **PLACE)
    return request.param  # type: ignore[no-any-return]


def test_who_may_not_read_the_object_is_told_so(
    lab: Lab, act_as: Callable[..., Clients], deploy: Deploy, first: str
) -> None:
    deployer = act_as(allowing("lambda:*", "iam:PassRole"))("lambda")
    code, status, words = DENIED
    assert refusal(deploy, lab, deployer, **PLACE) == (code, status, words.format("app.zip"))
    reader = act_as(allowing("lambda:*", "iam:PassRole", "s3:GetObject"))("lambda")
    deploy(lab, reader, **PLACE)


def test_a_version_is_another_permission(lab: Lab, act_as: Callable[..., Clients], deploy: Deploy, first: str) -> None:
    reader = act_as(allowing("lambda:*", "iam:PassRole", "s3:GetObject"))("lambda")
    assert refusal(deploy, lab, reader, **PLACE, S3ObjectVersion=first)[0] == "AccessDeniedException"
    of_versions = act_as(allowing("lambda:*", "iam:PassRole", "s3:GetObjectVersion"))("lambda")
    deploy(lab, of_versions, **PLACE, S3ObjectVersion=first)


def test_whether_an_object_is_missing_is_told_to_who_may_list_the_bucket(
    lab: Lab, act_as: Callable[..., Clients], deploy: Deploy, first: str
) -> None:
    missing = {**PLACE, "S3Key": "no.zip"}
    reader = act_as(allowing("lambda:*", "iam:PassRole", "s3:GetObject"))("lambda")
    assert refusal(deploy, lab, reader, **missing) == (*DENIED[:2], DENIED[2].format("no.zip"))
    lister = act_as(allowing("lambda:*", "iam:PassRole", "s3:GetObject", "s3:ListBucket"))("lambda")
    assert refusal(deploy, lab, lister, **missing) == (*INVALID, NOT_READ.format("NoSuchKey", "key does not exist."))


def test_what_is_not_there_is_said(lab: Lab, aws_lambda: Any, deploy: Deploy, first: str) -> None:
    assert refusal(deploy, lab, aws_lambda, S3Bucket="nowhere", S3Key="app.zip") == (
        *INVALID,
        NOT_READ.format("NoSuchBucket", "bucket does not exist"),
    )
    assert refusal(deploy, lab, aws_lambda, S3Bucket="code", S3Key="no.zip") == (
        *INVALID,
        NOT_READ.format("NoSuchKey", "key does not exist."),
    )
    assert refusal(deploy, lab, aws_lambda, **PLACE, S3ObjectVersion="no") == (
        *INVALID,
        NOT_READ.format("NoSuchVersion", "version does not exist."),
    )


def test_the_version_that_was_asked_for_is_what_runs(
    lab: Lab, aws_lambda: Any, invoke: Callable[..., Any], first: str
) -> None:
    create(lab, aws_lambda, **PLACE, S3ObjectVersion=first)
    assert invoke() == FIRST
    update(lab, aws_lambda, **PLACE)
    assert invoke() == NEWEST
    update(lab, aws_lambda, **PLACE, S3ObjectVersion=first)
    assert invoke() == FIRST


def test_a_bucket_s_policy_may_let_the_caller_read(
    lab: Lab, act_as: Callable[..., Clients], client: Clients, first: str
) -> None:
    deployer = act_as(allowing("lambda:*", "iam:PassRole"))("lambda")
    policy = allowing("s3:GetObject", resource="arn:aws:s3:::code/*")
    policy["Statement"][0]["Principal"] = {"AWS": "arn:aws:iam::123456789012:role/worker"}
    client("s3").put_bucket_policy(Bucket="code", Policy=json.dumps(policy))
    create(lab, deployer, **PLACE)


def test_the_function_s_role_has_no_part_in_it(lab: Lab, aws_lambda: Any, first: str) -> None:
    """Its own role may write logs, and no more."""
    assert create(lab, aws_lambda, **PLACE)["State"]
