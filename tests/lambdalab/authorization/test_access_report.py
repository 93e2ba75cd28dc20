"""The least policy of a function: what it really did with its role, as a policy to copy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lambdalab.authorization.access import Access
from lambdalab.authorization.access_report import AccessReport
from tests.lambdalab.packages import allowing

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab

HERE = "us-east-1:123456789012"
LOG = {
    "Effect": "Allow",
    "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
    "Resource": [f"arn:aws:logs:{HERE}:log-group:/aws/lambda/hello:*"],
}
PUTS = """
    import boto3
    s3 = boto3.client("s3")

    def handler(event, context):
        try:
            s3.put_object(Bucket=event, Key="note", Body=b"")
        except s3.exceptions.ClientError as problem:
            return problem.response["Error"]["Code"]
"""


def test_a_function_that_only_logs_needs_to_write_its_log(
    lab: Lab, create: Callable[..., Any], invoke: Callable[..., Any]
) -> None:
    create("handler = lambda event, context: 1")
    assert lab.permissions_used("hello") == {"Version": "2012-10-17", "Statement": []}
    invoke()
    invoke()
    assert lab.permissions_used("hello") == {"Version": "2012-10-17", "Statement": [LOG]}


def test_what_a_function_did_is_in_it_and_what_it_was_refused_is_not(
    lab: Lab, client: Callable[..., Any], create: Callable[..., Any], invoke: Callable[..., Any]
) -> None:
    client("s3").create_bucket(Bucket="mine")
    create(PUTS, Role=lab.role("writer", allowing("s3:*", resource="arn:aws:s3:::mine/*")))
    assert invoke(event="mine") is None
    assert invoke(event="theirs") == "AccessDenied"
    put = {"Effect": "Allow", "Action": ["s3:PutObject"], "Resource": ["arn:aws:s3:::mine/note"]}
    assert lab.permissions_used("hello")["Statement"] == [LOG, put]


def test_the_policy_is_enough(
    lab: Lab, client: Callable[..., Any], create: Callable[..., Any], invoke: Callable[..., Any]
) -> None:
    """A role with this policy and no other does the same."""
    client("s3").create_bucket(Bucket="mine")
    create(PUTS, Role=lab.role("broad", allowing("*")))
    invoke(event="mine")
    least = lab.permissions_used("hello")
    narrow = lab.role("narrow", least)
    client("iam").detach_role_policy(
        RoleName="narrow", PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    )
    client("lambda").update_function_configuration(FunctionName="hello", Role=narrow)
    assert invoke(event="mine") is None
    groups = client("logs").describe_log_streams(logGroupName="/aws/lambda/hello")["logStreams"]
    assert len(groups) == 2, "the second environment writes a stream of its own"
    assert json.loads(json.dumps(lab.permissions_used("hello"))) == {
        **least,
        "Statement": [{**LOG, "Action": LOG["Action"][1:]}, least["Statement"][1]],
    }, "the group was there already"


def test_functions_that_share_a_role_have_a_policy_each(
    lab: Lab, client: Callable[..., Any], create: Callable[..., Any], invoke: Callable[..., Any]
) -> None:
    client("s3").create_bucket(Bucket="mine")
    role = lab.role("shared", allowing("s3:*"))
    create(PUTS, name="hello", Role=role)
    create("handler = lambda event, context: 1", name="other", Role=role)
    invoke("hello", "mine")
    invoke("other")
    assert len(lab.permissions_used("hello")["Statement"]) == 2
    assert len(lab.permissions_used("other")["Statement"]) == 1


def test_a_role_that_may_not_write_logs_leaves_none(
    lab: Lab, client: Callable[..., Any], create: Callable[..., Any], aws_lambda: Any
) -> None:
    """Who asks for the tail of the log gets it all the same: it does not come from CloudWatch Logs."""
    role = lab.role("mute")
    client("iam").detach_role_policy(
        RoleName="mute", PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    )
    create("handler = lambda event, context: print('heard')", Role=role)
    assert "LogResult" in aws_lambda.invoke(FunctionName="hello", LogType="Tail")
    logs = client("logs")
    assert logs.describe_log_groups()["logGroups"] == []

    logs.create_log_group(logGroupName="/aws/lambda/hello")
    client("iam").put_role_policy(
        RoleName="mute",
        PolicyName="write",
        PolicyDocument=json.dumps(
            allowing("logs:PutLogEvents", resource=f"arn:aws:logs:{HERE}:log-group:/aws/lambda/hello:*")
        ),
    )
    aws_lambda.invoke(FunctionName="hello")
    assert logs.describe_log_streams(logGroupName="/aws/lambda/hello")["logStreams"] == []

    client("iam").put_role_policy(
        RoleName="mute",
        PolicyName="write",
        PolicyDocument=json.dumps(
            allowing(
                "logs:CreateLogStream",
                "logs:PutLogEvents",
                resource=f"arn:aws:logs:{HERE}:log-group:/aws/lambda/hello:*",
            )
        ),
    )
    aws_lambda.invoke(FunctionName="hello")
    events = logs.filter_log_events(logGroupName="/aws/lambda/hello")["events"]
    assert "heard" in [event["message"] for event in events], "what comes after the role may"


def test_many_objects_of_a_bucket_are_all_of_them() -> None:
    used, session = AccessReport(), "arn:aws:sts::123456789012:assumed-role/role/hello"
    objects = [f"arn:aws:s3:::photos/{number:02}" for number in range(11)]
    for each in [*objects[:10], "arn:aws:s3:::films/1"]:
        used.record(session, Access("s3:PutObject", each))
    (statement,) = used.policy(session)["Statement"]
    assert statement["Resource"] == ["arn:aws:s3:::films/1", *objects[:10]]
    used.record(session, Access("s3:PutObject", objects[10]))
    (statement,) = used.policy(session)["Statement"]
    assert statement["Resource"] == ["arn:aws:s3:::films/1", "arn:aws:s3:::photos/*"]
