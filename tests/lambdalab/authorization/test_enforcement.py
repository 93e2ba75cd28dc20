"""A role is held to its policies at every service, and told what is missing as that service tells it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.lambdalab.conftest import IMPATIENT
from tests.lambdalab.packages import allowing

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab

    Clients = Callable[[str], Any]

ME = "arn:aws:sts::123456789012:assumed-role/worker/make-thumbnail"
HERE = "us-east-1:123456789012"


CALLS: dict[str, tuple[str, str, dict[str, Any], str, str, str, int]] = {
    "S3": (
        "s3",
        "put_object",
        {"Bucket": "photos", "Key": "cats/tom.jpg", "Body": b""},
        "s3:PutObject",
        '"arn:aws:s3:::photos/cats/tom.jpg"',
        "AccessDenied",
        403,
    ),
    "S3, a bucket": (
        "s3",
        "list_objects_v2",
        {"Bucket": "photos"},
        "s3:ListBucket",
        '"arn:aws:s3:::photos"',
        "AccessDenied",
        403,
    ),
    "DynamoDB": (
        "dynamodb",
        "put_item",
        {"TableName": "orders", "Item": {"id": {"S": "1"}}},
        "dynamodb:PutItem",
        f"arn:aws:dynamodb:{HERE}:table/orders",
        "AccessDeniedException",
        400,
    ),
    "DynamoDB, an index": (
        "dynamodb",
        "scan",
        {"TableName": "orders", "IndexName": "by-day"},
        "dynamodb:Scan",
        f"arn:aws:dynamodb:{HERE}:table/orders/index/by-day",
        "AccessDeniedException",
        400,
    ),
    "SQS": (
        "sqs",
        "send_message",
        {"QueueUrl": "http://127.0.0.1/123456789012/work", "MessageBody": "x"},
        "sqs:sendmessage",
        f"arn:aws:sqs:{HERE}:work",
        "AccessDenied",
        403,
    ),
    "SNS": (
        "sns",
        "publish",
        {"TopicArn": f"arn:aws:sns:{HERE}:news", "Message": "x"},
        "SNS:Publish",
        f"arn:aws:sns:{HERE}:news",
        "AuthorizationError",
        403,
    ),
    "Lambda": (
        "lambda",
        "invoke",
        {"FunctionName": "greet"},
        "lambda:InvokeFunction",
        f"arn:aws:lambda:{HERE}:function:greet",
        "AccessDeniedException",
        403,
    ),
    "Lambda, an alias": (
        "lambda",
        "invoke",
        {"FunctionName": f"arn:aws:lambda:{HERE}:function:greet:live"},
        "lambda:InvokeFunction",
        f"arn:aws:lambda:{HERE}:function:greet:live",
        "AccessDeniedException",
        403,
    ),
    "Logs": (
        "logs",
        "filter_log_events",
        {"logGroupName": "/aws/lambda/greet"},
        "logs:FilterLogEvents",
        f"arn:aws:logs:{HERE}:log-group:/aws/lambda/greet:log-stream:",
        "AccessDeniedException",
        400,
    ),
    "EventBridge": (
        "events",
        "put_events",
        {"Entries": [{"Source": "shop", "DetailType": "sold", "Detail": "{}"}]},
        "events:PutEvents",
        f"arn:aws:events:{HERE}:event-bus/default",
        "AccessDeniedException",
        400,
    ),
    "Systems Manager": (
        "ssm",
        "get_parameter",
        {"Name": "/greet/language"},
        "ssm:GetParameter",
        f"arn:aws:ssm:{HERE}:parameter/greet/language",
        "AccessDeniedException",
        400,
    ),
    "Kinesis": (
        "kinesis",
        "put_record",
        {"StreamName": "clicks", "Data": b"", "PartitionKey": "1"},
        "kinesis:PutRecord",
        f"arn:aws:kinesis:{HERE}:stream/clicks",
        "AccessDeniedException",
        400,
    ),
    "Step Functions": (
        "stepfunctions",
        "start_execution",
        {"stateMachineArn": f"arn:aws:states:{HERE}:stateMachine:order"},
        "states:StartExecution",
        f"arn:aws:states:{HERE}:stateMachine:order",
        "AccessDeniedException",
        400,
    ),
    "IAM": (
        "iam",
        "create_role",
        {"RoleName": "king", "AssumeRolePolicyDocument": "{}"},
        "iam:CreateRole",
        "arn:aws:iam::123456789012:role/king",
        "AccessDenied",
        403,
    ),
    "STS": (
        "sts",
        "assume_role",
        {"RoleArn": "arn:aws:iam::123456789012:role/king", "RoleSessionName": "me"},
        "sts:AssumeRole",
        "arn:aws:iam::123456789012:role/king",
        "AccessDenied",
        403,
    ),
}


@pytest.mark.parametrize("call", CALLS)
def test_access_is_denied_in_the_words_of_the_service(act_as: Callable[..., Clients], call: str) -> None:
    """The sentence names who asked, what is missing, and on what: enough to write the policy."""
    service, operation, parameters, action, resource, code, status = CALLS[call]
    with pytest.raises(ClientError) as caught:
        getattr(act_as()(service), operation)(**parameters)
    error = caught.value.response
    assert error["Error"]["Code"] == code
    assert error["ResponseMetadata"]["HTTPStatusCode"] == status
    assert error["Error"]["Message"] == (
        f"User: {ME} is not authorized to perform: {action} on resource: {resource} "
        f"because no identity-based policy allows the {action} action"
    )


def test_what_a_policy_allows_is_done(act_as: Callable[..., Clients], client: Clients) -> None:
    client("s3").create_bucket(Bucket="photos")
    s3 = act_as(allowing("s3:PutObject", resource="arn:aws:s3:::photos/cats/*"))("s3")
    s3.put_object(Bucket="photos", Key="cats/tom.jpg", Body=b"miaow")
    with pytest.raises(ClientError, match="not authorized to perform: s3:PutObject on resource"):
        s3.put_object(Bucket="photos", Key="dogs/rex.jpg", Body=b"wuff")
    with pytest.raises(ClientError, match="no identity-based policy allows the s3:GetObject action"):
        s3.get_object(Bucket="photos", Key="cats/tom.jpg")


def test_a_deny_says_that_it_is_one(act_as: Callable[..., Clients]) -> None:
    policy = allowing("*")
    policy["Statement"].append({"Effect": "Deny", "Action": "s3:ListAllMyBuckets", "Resource": "*"})
    with pytest.raises(ClientError, match="with an explicit deny in an identity-based policy"):
        act_as(policy)("s3").list_buckets()


def test_a_policy_that_changes_counts_from_the_next_call(act_as: Callable[..., Clients], client: Clients) -> None:
    """On AWS it may take some seconds to reach every place."""
    sqs = act_as()("sqs")
    with pytest.raises(ClientError):
        sqs.list_queues()
    client("iam").put_role_policy(
        RoleName="worker", PolicyName="more", PolicyDocument=json.dumps(allowing("sqs:ListQueues"))
    )
    sqs.list_queues()
    client("iam").delete_role_policy(RoleName="worker", PolicyName="more")
    with pytest.raises(ClientError):
        sqs.list_queues()


def test_managed_policies_count(act_as: Callable[..., Clients]) -> None:
    """lab.role() attaches AWSLambdaBasicExecutionRole, which allows to write logs."""
    act_as()("logs").create_log_group(logGroupName="/aws/lambda/mine")


def test_a_permissions_boundary_limits_a_role(act_as: Callable[..., Clients], client: Clients) -> None:
    boundary = client("iam").create_policy(PolicyName="limit", PolicyDocument=json.dumps(allowing("sqs:*", "sts:*")))[
        "Policy"
    ]["Arn"]
    session = act_as(allowing("*"))
    client("iam").put_role_permissions_boundary(RoleName="worker", PermissionsBoundary=boundary)
    session("sqs").list_queues()
    with pytest.raises(ClientError, match="because no permissions boundary allows the s3:ListAllMyBuckets action"):
        session("s3").list_buckets()


def test_a_bucket_s_policy_lets_a_role_in(act_as: Callable[..., Clients], client: Clients) -> None:
    client("s3").create_bucket(Bucket="photos")
    s3 = act_as()("s3")
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:role/worker"},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::photos/*",
    }
    client("s3").put_bucket_policy(
        Bucket="photos", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    s3.put_object(Bucket="photos", Key="k", Body=b"")


def test_everybody_may_ask_who_they_are(act_as: Callable[..., Clients]) -> None:
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
    assert act_as(policy)("sts").get_caller_identity()["Arn"] == ME


def test_a_user_s_keys_are_held_to_the_user_s_and_the_groups_policies(lab: Lab, client: Clients) -> None:
    iam = client("iam")
    iam.create_user(UserName="ada")
    keys = iam.create_access_key(UserName="ada")["AccessKey"]
    of_ada = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"])
    with pytest.raises(ClientError, match="User: arn:aws:iam::123456789012:user/ada is not authorized"):
        of_ada.client("sqs", config=IMPATIENT).list_queues()
    iam.create_group(GroupName="readers")
    iam.put_group_policy(GroupName="readers", PolicyName="read", PolicyDocument=json.dumps(allowing("sqs:ListQueues")))
    iam.add_user_to_group(GroupName="readers", UserName="ada")
    of_ada.client("sqs", config=IMPATIENT).list_queues()


def test_the_reader_s_own_calls_are_an_administrator_s(client: Clients) -> None:
    client("s3").list_buckets()
    client("iam").list_roles()


def test_a_batch_needs_every_table(act_as: Callable[..., Clients]) -> None:
    table = f"arn:aws:dynamodb:{HERE}:table/"
    dynamodb = act_as(allowing("dynamodb:BatchGetItem", resource=f"{table}one"))("dynamodb")
    keys = {"Keys": [{"id": {"S": "1"}}]}
    with pytest.raises(ClientError, match=f"on resource: {table}two because"):
        dynamodb.batch_get_item(RequestItems={"one": keys, "two": keys})


def test_an_object_that_is_missing_is_told_to_those_only_who_may_list_the_bucket(
    act_as: Callable[..., Clients], client: Clients
) -> None:
    """S3 says neither yes nor no to others: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html"""
    client("s3").create_bucket(Bucket="photos")
    reads = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::photos/*"}
    lists = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::photos"}

    def answer(*statements: dict[str, str], name: str) -> dict[str, Any]:
        s3 = act_as({"Version": "2012-10-17", "Statement": statements}, name)("s3")
        with pytest.raises(ClientError) as caught:
            s3.get_object(Bucket="photos", Key="cats/tom.jpg")
        return caught.value.response["Error"]

    refused = answer(reads, name="reader")
    assert refused["Code"] == "AccessDenied"
    assert 'to perform: s3:ListBucket on resource: "arn:aws:s3:::photos" because' in refused["Message"]
    assert answer(reads, lists, name="lister")["Code"] == "NoSuchKey"
    assert 's3:GetObject on resource: "arn:aws:s3:::photos/cats/tom.jpg"' in answer(lists, name="nobody")["Message"]
    client("s3").put_object(Bucket="photos", Key="cats/tom.jpg", Body=b"")
    act_as({"Version": "2012-10-17", "Statement": [reads]}, "reader")("s3").get_object(
        Bucket="photos", Key="cats/tom.jpg"
    )


def test_a_role_may_be_held_to_the_items_of_one_key(act_as: Callable[..., Clients], client: Clients) -> None:
    """The condition key dynamodb:LeadingKeys, as policies for users of a web application have it."""
    client("dynamodb").create_table(
        TableName="games",
        KeySchema=[{"AttributeName": "player", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "player", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    policy = allowing("dynamodb:*")
    policy["Statement"][0]["Condition"] = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["ada"]}}
    policy["Statement"].append(
        {
            "Effect": "Deny",
            "Action": "dynamodb:*",
            "Resource": "*",
            "Condition": {"Null": {"dynamodb:LeadingKeys": "true"}},
        }
    )
    dynamodb = act_as(policy)("dynamodb")

    def calls(player: str) -> list[Callable[[], Any]]:
        key = {"player": {"S": player}}
        return [
            lambda: dynamodb.put_item(TableName="games", Item=key),
            lambda: dynamodb.get_item(TableName="games", Key=key),
            lambda: dynamodb.query(
                TableName="games",
                KeyConditionExpression="#p = :p",
                ExpressionAttributeNames={"#p": "player"},
                ExpressionAttributeValues={":p": {"S": player}},
            ),
            lambda: dynamodb.batch_get_item(RequestItems={"games": {"Keys": [key]}}),
            lambda: dynamodb.batch_write_item(RequestItems={"games": [{"PutRequest": {"Item": key}}]}),
            lambda: dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": "games", "Item": key}}]),
        ]

    for call in calls("ada"):
        call()
    for call in calls("bob"):
        with pytest.raises(ClientError, match="not authorized to perform: dynamodb:"):
            call()
    with pytest.raises(ClientError, match="with an explicit deny"):
        dynamodb.scan(TableName="games")


def test_a_policy_that_is_none_allows_nothing(act_as: Callable[..., Clients], lab: Lab) -> None:
    """IAM refuses to store one; whatever else may get there, it is nobody's permission."""
    from moto.iam.models import iam_backends

    session = act_as(allowing("sqs:ListQueues"))("sqs")
    session.list_queues()
    (role,) = iam_backends["123456789012"]["aws"].roles.values()
    for text in ("{", "[]", '{"Statement": [{"Effect": "Allow"}]}', '{"Statement": 7}'):
        role.policies["worker"] = text
        with pytest.raises(ClientError, match="no identity-based policy allows"):
            session.list_queues()
