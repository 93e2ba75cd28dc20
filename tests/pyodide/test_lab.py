"""The lab in the page, where no notebook shows it yet."""

from __future__ import annotations

import json
from typing import Any

from .page import run

CELLS = {
    "write": """
%%writefile app.py
import logging
from snapshot_restore_py import register_after_restore, register_before_snapshot
seen = []
register_before_snapshot(seen.append, "before")
register_after_restore(seen.append, "after")
def handler(event, context):
    logging.getLogger().info("hello")
    logging.getLogger().debug("not this")
    return seen
""",
    "publish": """
import boto3, json, lambdalab
lab = lambdalab.start()
aws_lambda, logs = boto3.client("lambda"), boto3.client("logs")
published = aws_lambda.create_function(
    FunctionName="x", Runtime="python3.14", Role=lab.role("r"), Handler="app.handler", Publish=True,
    Code={"ZipFile": lab.package("app.py")}, SnapStart={"ApplyOn": "PublishedVersions"},
    LoggingConfig={"LogFormat": "JSON"},
)
aws_lambda.get_waiter("published_version_active").wait(FunctionName="x", Qualifier="1")
""",
    "call": """
answer = json.load(aws_lambda.invoke(FunctionName="x", Qualifier="1")["Payload"])
events = logs.filter_log_events(logGroupName="/aws/lambda/x")["events"]
print(json.dumps([answer, [json.loads(event["message"]) for event in events]]))
""",
}


def printed(outputs: list[dict[str, Any]]) -> str:
    return "".join(output.get("text", "") or str(output.get("traceback", "")) for output in outputs)


def test_snapstart_and_json_logs_work_in_the_page() -> None:
    cells = [{"id": name, "source": source.lstrip(), "skip": False} for name, source in CELLS.items()]
    outputs = run({"lab": cells})["lab"]
    answer, records = json.loads(printed(outputs["call"]))
    assert answer == ["before", "after"]
    assert [record.get("type") or record["message"] for record in records] == [
        "platform.initStart",
        "platform.initReport",
        "platform.restoreStart",
        "lambdalab.note",
        "platform.restoreReport",
        "platform.start",
        "hello",
        "platform.report",
    ]
    (said,) = [record for record in records if "level" in record]
    assert set(said) == {"timestamp", "level", "message", "logger", "requestId"}


ROLES = {
    "write": """
%%writefile app.py
import boto3
sts, s3 = boto3.client("sts"), boto3.client("s3")
def handler(event, context):
    try:
        s3.list_buckets()
    except s3.exceptions.ClientError as refusal:
        return [sts.get_caller_identity()["Arn"], refusal.response["Error"]["Code"]]
""",
    "create": """
import boto3, json, lambdalab
lab = lambdalab.start()
aws_lambda, s3 = boto3.client("lambda"), boto3.client("s3")
s3.list_buckets()  # boto3 has the reader's credentials now
aws_lambda.create_function(
    FunctionName="x", Runtime="python3.14", Role=lab.role("worker"), Handler="app.handler",
    Code={"ZipFile": lab.package("app.py")},
)
print(json.dumps([json.load(aws_lambda.invoke(FunctionName="x")["Payload"]) for _ in range(2)]))
s3.list_buckets()
print(boto3.client("sts").get_caller_identity()["Arn"])
""",
    "trust": """
from botocore.exceptions import ClientError

def refused(call, **parameters):
    try:
        call(**parameters)
    except ClientError as refusal:
        return refusal.response["Error"]["Message"]

iam = boto3.client("iam")
driver = iam.create_role(RoleName="driver", AssumeRolePolicyDocument=json.dumps({
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}))["Role"]["Arn"]
print(refused(aws_lambda.update_function_configuration, FunctionName="x", Role=driver))
print(refused(boto3.client("sts").assume_role, RoleArn=driver, RoleSessionName="me").partition(" because ")[2])
print([each["Action"] for each in lab.permissions_used("x")["Statement"]])
iam.detach_role_policy(
    RoleName="worker", PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
)
boto3.client("logs").delete_log_group(logGroupName="/aws/lambda/x")
aws_lambda.invoke(FunctionName="x")
print(boto3.client("logs").describe_log_groups()["logGroups"])
""",
}


def test_a_function_in_the_page_acts_as_its_role_and_is_held_to_it() -> None:
    cells = [{"id": name, "source": source.lstrip(), "skip": False} for name, source in ROLES.items()]
    outputs = run({"lab": cells})["lab"]
    answers, reader = printed(outputs["create"]).splitlines()
    assert json.loads(answers) == [["arn:aws:sts::123456789012:assumed-role/worker/x", "AccessDenied"]] * 2
    assert "assumed-role" not in reader
    assert printed(outputs["trust"]).splitlines() == [
        "The role defined for the function cannot be assumed by Lambda.",
        "no role trust policy allows the sts:AssumeRole action",
        "[['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents']]",
        "[]",
    ]
