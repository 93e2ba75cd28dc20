"""What tests of event sources need: functions that remember their events, and services that may call them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.lambdalab.packages import trusting, zipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab

ACCOUNT = "123456789012"
HERE = f"us-east-1:{ACCOUNT}"

REMEMBERS = """
import json
def handler(event, context):
    print("EVENT " + json.dumps(event))
    return event
"""


class Remembering:
    """A function whose events can be looked at: they stand in its log."""

    def __init__(self, name: str, lab: Lab, client: Callable[[str], Any]) -> None:
        self.name = name
        self.arn = f"arn:aws:lambda:{HERE}:function:{name}"
        self._lab = lab
        self._client = client

    def allow(self, service: str, source_arn: str | None = None) -> None:
        """Let a service invoke it: "s3.amazonaws.com"."""
        self._client("lambda").add_permission(
            FunctionName=self.name,
            StatementId=service.partition(".")[0],
            Action="lambda:InvokeFunction",
            Principal=service,
            **({"SourceArn": source_arn} if source_arn else {}),
        )

    def events(self) -> list[Any]:
        """Its events so far, in order, after everything has settled."""
        self._lab.settle()
        logs = self._client("logs")
        try:
            found = logs.filter_log_events(logGroupName=f"/aws/lambda/{self.name}")["events"]
        except logs.exceptions.ResourceNotFoundException:
            return []
        return [json.loads(each["message"].removeprefix("EVENT ")) for each in found if each["message"][:6] == "EVENT "]


@pytest.fixture
def function(lab: Lab, client: Callable[[str], Any]) -> Callable[..., Remembering]:
    """Makes functions that remember their events; `code` otherwise, `policies` (ARNs) for the role."""

    def make(name: str = "remembers", code: str = REMEMBERS, *, policies: tuple[str, ...] = (), **more: Any) -> Any:
        iam = client("iam")
        role = iam.create_role(
            RoleName=f"{name}-role", AssumeRolePolicyDocument=json.dumps(trusting({"Service": "lambda.amazonaws.com"}))
        )["Role"]["Arn"]
        for policy in ("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole", *policies):
            iam.attach_role_policy(RoleName=f"{name}-role", PolicyArn=policy)
        settings = {"Runtime": "python3.13", "Handler": "app.handler", "Role": role} | more
        client("lambda").create_function(FunctionName=name, Code={"ZipFile": zipped({"app.py": code})}, **settings)
        return Remembering(name, lab, client)

    return make
