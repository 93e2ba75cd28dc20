"""From an operation and its parameters to actions on resources, as policies name them.

Most operations are the action of their name on one resource, whose ARN is made from a parameter. The exceptions are
what this module is about: operations with another action's name (`Invoke` is lambda:InvokeFunction), on several
resources (a batch), or on none in particular ("*").

Source: the Service Authorization Reference, a page for each service,
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


@dataclass(frozen=True)
class Call:
    """A request to a service, as far as permissions are concerned."""

    service: str
    """As in ARNs and signatures: dynamodb."""
    operation: str
    """PutItem."""
    get: Callable[[str], Any]
    """A parameter by its name in the API; None if it is not given."""
    region: str
    account: str

    def arn(self, resource: str, *, service: str = "") -> str:
        """An ARN of this region and account."""
        return f"arn:aws:{service or self.service}:{self.region}:{self.account}:{resource}"

    def named(self, name: Any, kind: str) -> str:
        """The ARN of a resource of this kind; it may be named by one already."""
        text = str(name)
        return text if text.startswith("arn:") else self.arn(kind + text)


@dataclass(frozen=True)
class Question:
    """One action on one resource, which must be allowed."""

    action: str
    resource: str = "*"
    context: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    """Condition keys that only this action has."""


def questions(call: Call) -> list[Question]:
    """What must be allowed for this call. Empty: it is allowed to everybody."""
    if (call.service, call.operation) in _FREE:
        return []
    if of_service := _SERVICES.get(call.service):
        return list(of_service(call))
    return [Question(f"{call.service}:{call.operation}")]


_FREE = {("sts", "GetCallerIdentity")}
"""Allowed whatever policies say.

https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
"""


def _one(call: Call, resource: str | None, *, action: str = "", service: str = "", **context: Any) -> list[Question]:
    known = {key: value for key, value in context.items() if value is not None}
    return [Question(f"{service or call.service}:{action or call.operation}", resource or "*", known)]


# Services ---------------------------------------------------------------------------------------------------------


def _dynamodb(call: Call) -> Iterable[Question]:
    operation = call.operation
    if operation in ("BatchGetItem", "BatchWriteItem"):
        return [
            Question(f"dynamodb:{operation}", call.named(table, "table/")) for table in call.get("RequestItems") or {}
        ]
    if operation in ("TransactWriteItems", "TransactGetItems"):
        single = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "Get": "GetItem"}
        return [
            Question(f"dynamodb:{single.get(kind, 'ConditionCheckItem')}", call.named(part["TableName"], "table/"))
            for item in call.get("TransactItems") or []
            for kind, part in item.items()
        ]
    table, index = call.get("TableName"), call.get("IndexName")
    if table:
        arn = call.named(table, "table/")
        return _one(call, f"{arn}/index/{index}" if index else arn)
    return _one(call, call.get("ResourceArn") or call.get("TableArn") or call.get("BackupArn"))


def _streams(call: Call) -> Iterable[Question]:
    """DynamoDB Streams: its actions and ARNs are DynamoDB's."""
    arn = call.get("StreamArn")
    if arn is None and (iterator := call.get("ShardIterator")):
        arn = iterator.partition("|")[0] if str(iterator).startswith("arn:") else None
    if call.operation == "ListStreams":
        return _one(call, None, service="dynamodb")
    return _one(call, arn or call.arn("table/*/stream/*", service="dynamodb"), service="dynamodb")


def _sqs(call: Call) -> Iterable[Question]:
    single = {
        "SendMessageBatch": "SendMessage",
        "DeleteMessageBatch": "DeleteMessage",
        "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
    }
    url, name = call.get("QueueUrl"), call.get("QueueName")
    if url:
        *_, account, name = str(url).rstrip("/").split("/")
        return _one(call, f"arn:aws:sqs:{call.region}:{account}:{name}", action=single.get(call.operation, ""))
    arn = call.arn(str(name)) if name else call.get("SourceArn")
    return _one(call, arn, action=single.get(call.operation, ""))


def _sns(call: Call) -> Iterable[Question]:
    action = "Publish" if call.operation == "PublishBatch" else ""
    arn = call.get("TopicArn") or call.get("TargetArn") or call.get("ResourceArn")
    if arn is None and call.operation == "CreateTopic":
        arn = call.arn(str(call.get("Name")))
    if arn is None and (subscription := call.get("SubscriptionArn")):
        arn = str(subscription).rpartition(":")[0]
    return _one(call, arn, action=action)


def _lambda(call: Call) -> Iterable[Question]:
    operation = call.operation
    action = {"Invoke": "InvokeFunction", "InvokeAsync": "InvokeFunction", "InvokeWithResponseStream": "InvokeFunction"}
    name = call.get("FunctionName")
    if operation in ("ListFunctions", "GetAccountSettings", "ListEventSourceMappings", "ListLayers"):
        return _one(call, None)
    if uuid := call.get("UUID"):
        return _one(call, call.arn(f"event-source-mapping:{uuid}"))
    if operation == "CreateEventSourceMapping":
        return _one(call, None)
    if layer := call.get("LayerName"):
        arn = call.named(layer, "layer:")
        if operation in ("GetLayerVersion", "DeleteLayerVersion") or "LayerVersionPermission" in operation:
            arn = f"{arn}:{call.get('VersionNumber')}"
        return _one(call, arn)
    if resource := call.get("Resource"):  # tags
        return _one(call, str(resource))
    if name is None:
        return _one(call, None)
    function = str(name).partition("function:")[2] or str(name)  # an ARN, a part of one, or the name
    qualifier = call.get("Qualifier")
    if qualifier and ":" not in function:
        function = f"{function}:{qualifier}"
    return _one(call, call.arn(f"function:{function}"), action=action.get(operation, ""))


def _logs(call: Call) -> Iterable[Question]:
    """CloudWatch Logs asks about a stream of a group, whatever the action: with empty names where none is given.

    So `…:log-group:NAME` without `:*` behind it allows nothing but tagging.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
    """
    if (of := call.get("resourceArn")) is not None:
        return _one(call, str(of))
    group = call.get("logGroupName") or call.get("logGroupIdentifier") or ""
    arn = call.named(group, "log-group:").removesuffix(":*")
    return _one(call, f"{arn}:log-stream:{call.get('logStreamName') or ''}")


def _events(call: Call) -> Iterable[Question]:
    if call.operation == "PutEvents":
        buses = {str(each.get("EventBusName") or "default") for each in call.get("Entries") or []}
        return [Question("events:PutEvents", call.named(bus, "event-bus/")) for bus in sorted(buses)]
    bus = call.get("EventBusName")
    prefix = "" if bus in (None, "default") else f"{str(bus).rpartition('/')[2]}/"
    if rule := call.get("Rule"):
        return _one(call, call.arn(f"rule/{prefix}{rule}"))
    kind = next(
        (kind for kind in ("Archive", "Replay", "Connection", "EventBus", "Rule") if kind in call.operation), ""
    )
    name = call.get("Name") or call.get(f"{kind}Name")
    if not name:
        return _one(call, call.get("ResourceARN"))
    kinds = {"EventBus": "event-bus/", "Archive": "archive/", "Replay": "replay/", "Connection": "connection/"}
    return _one(call, call.named(name, kinds.get(kind, f"rule/{prefix}")))


def _kinesis(call: Call) -> Iterable[Question]:
    if arn := call.get("StreamARN") or call.get("ConsumerARN"):
        return _one(call, str(arn))
    name = call.get("StreamName")
    if name is None and call.operation == "GetRecords":
        return _one(call, call.arn("stream/*"))
    return _one(call, call.arn(f"stream/{name}") if name else None)


def _ssm(call: Call) -> Iterable[Question]:
    names = call.get("Names") or [call.get("Name") or call.get("Path")]
    if call.operation == "DescribeParameters" or names == [None]:
        return _one(call, None)
    return [
        Question(
            f"ssm:{call.operation}",
            str(name) if str(name).startswith("arn:") else call.arn(f"parameter/{str(name).lstrip('/')}"),
        )
        for name in names
    ]


def _secretsmanager(call: Call) -> Iterable[Question]:
    secret = call.get("SecretId")
    if secret is None:
        name = call.get("Name")
        return _one(call, call.arn(f"secret:{name}-*") if name else None)
    if str(secret).startswith("arn:"):
        return _one(call, str(secret))
    from moto.secretsmanager.models import secretsmanager_backends

    for each in secretsmanager_backends[call.account][call.region].secrets.values():
        if each.name == secret:
            return _one(call, str(each.arn))
    return _one(call, call.arn(f"secret:{secret}"))


def _iam(call: Call) -> Iterable[Question]:
    for parameter, kind in (
        ("RoleName", "role"),
        ("UserName", "user"),
        ("GroupName", "group"),
        ("InstanceProfileName", "instance-profile"),
    ):
        if name := call.get(parameter):
            path = str(call.get("Path") or "/")
            return _one(call, f"arn:aws:iam::{call.account}:{kind}{path}{name}")
    if arn := call.get("PolicyArn"):
        return _one(call, str(arn))
    if name := call.get("PolicyName"):
        return _one(call, f"arn:aws:iam::{call.account}:policy{call.get('Path') or '/'}{name}")
    return _one(call, None)


def _sts(call: Call) -> Iterable[Question]:
    return _one(call, call.get("RoleArn"))


def _states(call: Call) -> Iterable[Question]:
    arn = call.get("stateMachineArn") or call.get("executionArn") or call.get("activityArn") or call.get("resourceArn")
    if arn is None and call.operation == "CreateStateMachine":
        arn = call.arn(f"stateMachine:{call.get('name')}")
    return _one(call, arn)


def _kms(call: Call) -> Iterable[Question]:
    key = call.get("KeyId")
    return _one(call, call.named(key, "" if str(key).startswith("alias/") else "key/") if key else None)


def _scheduler(call: Call) -> Iterable[Question]:
    name, group = call.get("Name"), call.get("GroupName") or "default"
    if "ScheduleGroup" in call.operation:
        return _one(call, call.arn(f"schedule-group/{name}") if name else call.arn("schedule-group/*"))
    return _one(call, call.arn(f"schedule/{group}/{name}") if name else call.arn("schedule/*/*"))


_SERVICES: dict[str, Callable[[Call], Iterable[Question]]] = {
    "dynamodb": _dynamodb,
    "dynamodbstreams": _streams,
    "events": _events,
    "iam": _iam,
    "kinesis": _kinesis,
    "kms": _kms,
    "lambda": _lambda,
    "logs": _logs,
    "scheduler": _scheduler,
    "secretsmanager": _secretsmanager,
    "sns": _sns,
    "sqs": _sqs,
    "ssm": _ssm,
    "states": _states,
    "sts": _sts,
}
