"""Who invokes a function: a service in its own name, a caller of its URL. The function's policy lets them in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError

from tests.lambdalab.packages import MY_ACCOUNT, allowing, trusting

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab

    Clients = Callable[[str], Any]

HERE = "us-east-1:123456789012"
FUNCTION = f"arn:aws:lambda:{HERE}:function:hello"
SAY = "handler = lambda event, context: print('called')"


@pytest.fixture
def allow(aws_lambda: Any) -> Callable[..., None]:
    """Let a service invoke the function."""

    def add_permission(service: str, source: str, **more: Any) -> None:
        aws_lambda.add_permission(
            FunctionName="hello",
            StatementId="it",
            Action="lambda:InvokeFunction",
            Principal=service,
            SourceArn=source,
            **more,
        )

    return add_permission


def calls(client: Clients) -> int:
    logs = client("logs")
    try:
        events = logs.filter_log_events(logGroupName="/aws/lambda/hello")["events"]
    except logs.exceptions.ResourceNotFoundException:
        return 0
    return [event["message"] for event in events].count("called")


def test_logs_invokes_a_function_whose_policy_lets_it(
    client: Clients, create: Callable[..., Any], allow: Callable[..., None], aws_lambda: Any
) -> None:
    create(SAY)
    logs = client("logs")
    logs.create_log_group(logGroupName="shop")
    logs.create_log_stream(logGroupName="shop", logStreamName="1")
    subscription = {"logGroupName": "shop", "filterName": "all", "filterPattern": "", "destinationArn": FUNCTION}
    with pytest.raises(ClientError, match="Make sure you have given CloudWatch Logs permission to execute your"):
        logs.put_subscription_filter(**subscription)
    allow("logs.amazonaws.com", f"arn:aws:logs:{HERE}:log-group:shop:*")
    logs.put_subscription_filter(**subscription)
    before = calls(client)
    event = {
        "logGroupName": "shop",
        "logStreamName": "1",
        "logEvents": [{"timestamp": 1_800_000_000_000, "message": "x"}],
    }
    logs.put_log_events(**event)
    assert calls(client) == before + 1
    aws_lambda.remove_permission(FunctionName="hello", StatementId="it")
    logs.put_log_events(**event)
    assert calls(client) == before + 1


def test_a_caller_of_a_url_needs_two_permissions(
    lab: Lab, client: Clients, create: Callable[..., Any], aws_lambda: Any
) -> None:
    """Of AuthType AWS_IAM. Their own policies may give them, or the function's."""
    create("handler = lambda event, context: 'hello'")
    url = aws_lambda.create_function_url_config(FunctionName="hello", AuthType="AWS_IAM")["FunctionUrl"]
    iam = client("iam")
    iam.create_role(RoleName="visitor", AssumeRolePolicyDocument=json.dumps(trusting(MY_ACCOUNT)))
    keys = client("sts").assume_role(RoleArn="arn:aws:iam::123456789012:role/visitor", RoleSessionName="me")
    session = boto3.Session(*(keys["Credentials"][name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")))

    def get() -> requests.Response:
        request = AWSRequest("GET", lab.url(url))
        SigV4Auth(session.get_credentials(), "lambda", "us-east-1").add_auth(request)
        return requests.get(request.url, headers=dict(request.headers), timeout=20)

    def allowed(*actions: str) -> None:
        policy = json.dumps(allowing(*actions, resource=FUNCTION))
        iam.put_role_policy(RoleName="visitor", PolicyName="p", PolicyDocument=policy)

    refused = get()
    assert (refused.status_code, refused.json()) == (403, {"Message": "Forbidden"})
    allowed("lambda:InvokeFunctionUrl")
    assert get().status_code == 403
    allowed("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")
    assert get().json() == "hello"
