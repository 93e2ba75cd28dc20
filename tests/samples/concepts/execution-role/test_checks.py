"""What the exercises' checks say of attempts that are almost right, and of those that allow too much."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests.samples.chapter import Chapter

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab

    Grant = Callable[..., None]

CHAPTER = Chapter("concepts/execution-role")
SAMPLES, said = CHAPTER.folder, CHAPTER.said
BUCKET = "arn:aws:s3:::shop"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:large-orders"
COURIER = "arn:aws:iam::123456789012:role/courier"


def allow(action: str | list[str], resource: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


@pytest.fixture
def create(lab: Lab) -> Callable[..., None]:
    def make(name: str, **variables: str) -> None:
        boto3.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Code={"ZipFile": lab.package(SAMPLES / f"{name}.py")},
            Handler=f"{name}.handler",
            Role=lab.role(name),
            Environment={"Variables": variables},
        )

    return make


def granting(role: str) -> Grant:
    def grant(*statements: dict[str, Any]) -> None:
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        boto3.client("iam").put_role_policy(RoleName=role, PolicyName="permissions", PolicyDocument=document)

    return grant


@pytest.fixture
def gallery(create: Callable[..., None]) -> Grant:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="shop")
    s3.put_object(Bucket="shop", Key="photos/cat.png", Body=b"cat")
    create("gallery", BUCKET="shop")
    return granting("gallery")


LISTS, READS = allow("s3:ListBucket", BUCKET), allow("s3:GetObject", f"{BUCKET}/photos/*")
WRITES = allow("s3:PutObject", f"{BUCKET}/thumbs/*")


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([READS, WRITES], 'may not do s3:ListBucket on "arn:aws:s3:::shop"'),
        ([LISTS, WRITES], 'may not do s3:GetObject on "arn:aws:s3:::shop/photos/cat.png"'),
        ([LISTS, READS], 'may not do s3:PutObject on "arn:aws:s3:::shop/thumbs/cat.png"'),
        ([LISTS, allow("s3:GetObject", f"{BUCKET}/photos/cat.png"), WRITES], "What about photos/2027/dog.png"),
        ([LISTS, READS, allow("s3:PutObject", f"{BUCKET}/thumbs/cat.png")], "What about thumbs/2027/dog.png"),
        ([LISTS, allow("s3:GetObject", f"{BUCKET}/*"), WRITES], "s3:GetObject on arn:aws:s3:::shop/salaries"),
        ([LISTS, READS, allow("s3:*", f"{BUCKET}/thumbs/*")], "s3:GetObject on arn:aws:s3:::shop/thumbs/cat.png"),
        ([LISTS, READS, allow(["s3:PutObject", "s3:DeleteObject"], f"{BUCKET}/thumbs/*")], "s3:DeleteObject on"),
        ([allow("s3:ListBucket", "*"), READS, WRITES], "s3:ListBucket on arn:aws:s3:::another-bucket"),
        ([LISTS, READS, WRITES, allow("dynamodb:*", "*")], "dynamodb:PutItem on"),
        ([LISTS, READS, WRITES, {**READS, "Effect": "Deny"}], 'may not do s3:GetObject on "arn:aws:s3:::shop/photos'),
    ],
)
def test_the_gallery_may_do_what_it_needs_and_nothing_else(
    gallery: Grant, statements: list[dict[str, Any]], expected: str
) -> None:
    gallery(*statements)
    assert expected in said("gallery")


@pytest.fixture
def archive(create: Callable[..., None]) -> Grant:
    boto3.client("s3").create_bucket(Bucket="shop")
    create("archive", BUCKET="shop", QUEUE=boto3.client("sqs").create_queue(QueueName="large-orders")["QueueUrl"])
    return granting("archive")


STORES, TELLS = allow("s3:PutObject", f"{BUCKET}/archive/*"), allow("sqs:SendMessage", QUEUE)


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([STORES], "5000 on Friday: archive may not do sqs:sendmessage on"),
        ([STORES], "Which line of the handler is for large ones only?"),
        ([allow("s3:PutObject", f"{BUCKET}/archive/monday/*"), TELLS], "Which part of archive/monday/1.json"),
        ([allow("s3:PutObject", f"{BUCKET}/archive/*day/?.json"), TELLS], "order 99 on Sunday would not"),
        ([allow("s3:PutObject", f"{BUCKET}/*"), TELLS], "s3:PutObject on arn:aws:s3:::shop/salaries/2026.json"),
        ([allow("s3:*", f"{BUCKET}/archive/*"), TELLS], "s3:GetObject on arn:aws:s3:::shop/archive/monday/1.json"),
        ([STORES, allow("sqs:*", QUEUE)], f"sqs:ReceiveMessage on {QUEUE}"),
        ([STORES, allow("sqs:SendMessage", "*")], "sqs:SendMessage on arn:aws:sqs:us-east-1:123456789012:payments"),
        ([allow("*", "*")], "the role may do more: s3:PutObject on"),
    ],
)
def test_the_archive_takes_every_order_and_its_role_no_more(
    archive: Grant, statements: list[dict[str, Any]], expected: str
) -> None:
    archive(*statements)
    assert expected in said("archive")


@pytest.fixture
def let_in(create: Callable[..., None]) -> Callable[..., None]:
    """Writes into the policy of stock, or of its alias."""
    trust = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    boto3.client("iam").create_role(RoleName="courier", AssumeRolePolicyDocument=document)
    create("stock")
    aws_lambda = boto3.client("lambda")
    aws_lambda.publish_version(FunctionName="stock")
    aws_lambda.create_alias(FunctionName="stock", Name="live", FunctionVersion="1")

    def add(principal: str = COURIER, **where: str) -> None:
        aws_lambda.add_permission(
            FunctionName="stock", StatementId="s", Action="lambda:InvokeFunction", Principal=principal, **where
        )

    return add


def test_nobody_let_the_courier_in(let_in: Callable[..., None]) -> None:
    assert "Which call writes into the policy of stock:live?" in said("courier")


def test_the_courier_stands_at_the_wrong_door(let_in: Callable[..., None]) -> None:
    let_in()
    assert "The courier may call stock, which is $LATEST, and may not call stock:live" in said("courier")


def test_both_doors_are_open(let_in: Callable[..., None]) -> None:
    let_in()
    let_in(Qualifier="live")
    assert "stock:live, and stock as well, which is $LATEST" in said("courier")


def test_the_door_is_open_to_everybody(let_in: Callable[..., None]) -> None:
    let_in("*", Qualifier="live")
    assert "So may any role of any account" in said("courier")


def test_the_other_teams_role_is_left_alone(let_in: Callable[..., None]) -> None:
    granting("courier")(allow("lambda:InvokeFunction", "*"))
    assert "It belongs to another team" in said("courier")


def test_functions_that_are_not_there_are_asked_for(lab: Lab) -> None:
    assert "There is no function called gallery. Run the cells from the top." in said("gallery")
