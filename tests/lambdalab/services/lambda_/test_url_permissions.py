"""A caller of a function URL: their own policies let them in, or the function's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from tests.lambdalab.packages import MY_ACCOUNT, allowing, trusting

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab

    Clients = Callable[[str], Any]

HERE = "us-east-1:123456789012"
FUNCTION = f"arn:aws:lambda:{HERE}:function:hello"


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
