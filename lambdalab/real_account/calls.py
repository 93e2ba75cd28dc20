"""What a call means for what is in the account: does it only look, create something, or change something?

It is decided by the operation's name and by tables. What stands in no table is refused: a call that the course cannot
clean up after is not made.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .arns import key_of
from .kinds import KINDS
from .ledger import Key
from .place import PATH

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Parameters = dict[str, Any]

_LOOKS = re.compile(
    r"(Get|List|Describe|Head|BatchGet|TransactGet|Query|Scan|Filter|Lookup|Select|Simulate|Validate|Test|Estimate)"
    r"(?![a-z])"
)
_BEGINS = re.compile(
    r"(Create|Register|Import|Export|Restore|Copy|Run|Start|Publish|Purchase|Request|Allocate)(?![a-z])"
)
"""What begins like this makes something new, so it stands in a table or is refused, whoever owns what it names."""

_HARMLESS = {
    "sts": None,  # all: whose credentials come of it is asked when they are used
    "logs": {"StartQuery", "StopQuery"},
    "cloudwatch": {"PutMetricData"},
    "xray": {"PutTraceSegments", "PutTelemetryRecords"},
}
"""Neither looks only, nor leaves anything that could be deleted."""

_PARTS = {
    "events": {"StartReplay"},
    "lambda": {"CreateAlias", "CreateFunctionUrlConfig", "PublishVersion"},
    "iam": {"CreatePolicyVersion", "CreateAccessKey", "CreateLoginProfile"},
    "logs": {"CreateLogStream"},
    "s3": {"CreateMultipartUpload", "CopyObject", "CreateSession"},
    "sns": {"Publish", "PublishBatch"},
    "stepfunctions": {"StartExecution", "StartSyncExecution"},
    "apigateway": {
        *("CreateResource", "CreateDeployment", "CreateStage", "CreateModel", "CreateAuthorizer"),
        "CreateRequestValidator",
    },
    "apigatewayv2": {
        *("CreateRoute", "CreateIntegration", "CreateStage", "CreateDeployment", "CreateAuthorizer", "CreateModel"),
        *("CreateRouteResponse", "CreateIntegrationResponse"),
    },
}
"""What these make belongs to something else, and is deleted with it."""


class Unknown(LookupError):
    """Nothing is known of a call, so it is not made."""

    def __init__(self, service: str, operation: str) -> None:
        super().__init__(
            f"{service}:{operation} was not called. On a real account the course calls only what it can clean up "
            "after, and it does not know what this leaves. Call it in the local lab, or yourself, outside of the "
            "course (lambdalab.stop() first)."
        )


@dataclass(frozen=True)
class Creation:
    """A call that creates something."""

    kind: str
    name: Callable[[Parameters], str | None]
    """The name that the call gives it; None if AWS does."""
    named: Callable[[Mapping[str, Any]], str] | None = None
    """Its id in the answer, where AWS gives it one."""
    tags: tuple[str, str] | None = None
    """The parameter that takes tags, and their form: "map", "list" or "lower" (a list with key and value)."""


@dataclass(frozen=True)
class Call:
    """What a call means."""

    creates: Creation | None = None
    ends: Key | None = None
    """What is not there any more afterwards."""
    touches: tuple[Key, ...] = ()
    """What it changes: all of these must be the course's own."""
    looks: bool = False


def _member(name: str) -> Callable[[Parameters], str | None]:
    return lambda parameters: parameters.get(name)


def _nobody(parameters: Parameters) -> None:
    return None


def _last(text: str, mark: str) -> str:
    return text.rpartition(mark)[2]


def rule_name(parameters: Parameters) -> str:
    """A rule's name in the ledger: "bus/rule"."""
    bus = _last(parameters.get("EventBusName") or "default", "/")
    return f"{bus}/{parameters.get('Rule') or parameters.get('Name')}"


def schedule_name(parameters: Parameters) -> str:
    """A schedule's name in the ledger: "group/schedule"."""
    return f"{parameters.get('GroupName') or 'default'}/{parameters.get('Name')}"


CREATIONS: dict[tuple[str, str], Creation] = {
    ("lambda", "CreateFunction"): Creation(
        "function", lambda p: _function(p.get("FunctionName", "")), tags=("Tags", "map")
    ),
    ("lambda", "PublishLayerVersion"): Creation("layer", _member("LayerName")),
    ("lambda", "CreateEventSourceMapping"): Creation("mapping", _nobody, lambda a: a["UUID"], tags=("Tags", "map")),
    ("iam", "CreateRole"): Creation("role", _member("RoleName"), tags=("Tags", "list")),
    ("iam", "CreateUser"): Creation("user", _member("UserName"), tags=("Tags", "list")),
    ("iam", "CreateGroup"): Creation("group", _member("GroupName")),
    ("iam", "CreatePolicy"): Creation("policy", _member("PolicyName"), tags=("Tags", "list")),
    ("logs", "CreateLogGroup"): Creation("log-group", _member("logGroupName"), tags=("tags", "map")),
    ("s3", "CreateBucket"): Creation("bucket", _member("Bucket")),
    ("sqs", "CreateQueue"): Creation("queue", _member("QueueName"), tags=("tags", "map")),
    ("sns", "CreateTopic"): Creation("topic", _member("Name"), tags=("Tags", "list")),
    ("dynamodb", "CreateTable"): Creation("table", lambda p: _table(p.get("TableName", "")), tags=("Tags", "list")),
    ("kinesis", "CreateStream"): Creation("stream", _member("StreamName"), tags=("Tags", "map")),
    ("ssm", "PutParameter"): Creation("parameter", _member("Name"), tags=("Tags", "list")),
    ("secretsmanager", "CreateSecret"): Creation("secret", _member("Name"), tags=("Tags", "list")),
    ("events", "PutRule"): Creation("rule", rule_name, tags=("Tags", "list")),
    ("events", "CreateArchive"): Creation("archive", _member("ArchiveName")),
    ("events", "CreateEventBus"): Creation("bus", _member("Name"), tags=("Tags", "list")),
    ("scheduler", "CreateSchedule"): Creation("schedule", schedule_name),
    ("scheduler", "CreateScheduleGroup"): Creation("schedule-group", _member("Name"), tags=("Tags", "list")),
    ("cloudwatch", "PutMetricAlarm"): Creation("alarm", _member("AlarmName"), tags=("Tags", "list")),
    ("cloudwatch", "PutCompositeAlarm"): Creation("alarm", _member("AlarmName"), tags=("Tags", "list")),
    ("apigateway", "CreateRestApi"): Creation("rest-api", _nobody, lambda a: a["id"], tags=("tags", "map")),
    ("apigatewayv2", "CreateApi"): Creation("http-api", _nobody, lambda a: a["ApiId"], tags=("Tags", "map")),
    ("stepfunctions", "CreateStateMachine"): Creation("state-machine", _member("name"), tags=("tags", "lower")),
    ("cloudformation", "CreateStack"): Creation("stack", _member("StackName"), tags=("Tags", "list")),
    ("cloudformation", "CreateChangeSet"): Creation("stack", _member("StackName"), tags=("Tags", "list")),
}

_ENDS = {
    ("lambda", "DeleteFunction"): "function",
    ("lambda", "DeleteEventSourceMapping"): "mapping",
    ("iam", "DeleteRole"): "role",
    ("iam", "DeleteUser"): "user",
    ("iam", "DeleteGroup"): "group",
    ("iam", "DeletePolicy"): "policy",
    ("logs", "DeleteLogGroup"): "log-group",
    ("s3", "DeleteBucket"): "bucket",
    ("sqs", "DeleteQueue"): "queue",
    ("sns", "DeleteTopic"): "topic",
    ("dynamodb", "DeleteTable"): "table",
    ("kinesis", "DeleteStream"): "stream",
    ("ssm", "DeleteParameter"): "parameter",
    ("events", "DeleteRule"): "rule",
    ("events", "DeleteArchive"): "archive",
    ("events", "DeleteEventBus"): "bus",
    ("scheduler", "DeleteSchedule"): "schedule",
    ("scheduler", "DeleteScheduleGroup"): "schedule-group",
    ("apigateway", "DeleteRestApi"): "rest-api",
    ("apigatewayv2", "DeleteApi"): "http-api",
    ("stepfunctions", "DeleteStateMachine"): "state-machine",
}
"""What ends when this is answered. Layers, stacks and secrets are not here: they end later, and `clean` looks."""


def understand(service: str, operation: str, parameters: Parameters, region: str) -> Call:
    """What this call means. Raises Unknown."""
    creates = CREATIONS.get((service, operation))
    looks = _LOOKS.match(operation) is not None
    if looks:
        return Call(looks=True)
    if service in _HARMLESS and (_HARMLESS[service] is None or operation in (_HARMLESS[service] or ())):
        return Call()
    if creates is not None:
        # A mapping makes a function run: it must be one of the course's own.
        touched = _function_of(parameters) if creates.kind == "mapping" else ()
        return Call(creates=creates, touches=_in(region, touched))
    if _BEGINS.match(operation) and operation not in _PARTS.get(service, ()):
        raise Unknown(service, operation)
    if (service, operation) == ("events", "PutEvents"):
        buses = {_last(entry.get("EventBusName") or "default", "/") for entry in parameters.get("Entries", ())}
        return Call(touches=_in(region, [("bus", bus) for bus in sorted(buses - {"default"})]))
    touches = _in(region, _touched(service, operation, parameters))
    if not touches:
        raise Unknown(service, operation)
    kind = _ENDS.get((service, operation))
    whole = kind is not None and not (kind == "function" and _has_qualifier(parameters))
    return Call(ends=touches[0] if whole and touches[0].kind == kind else None, touches=touches)


def key_for(kind: str, name: str, region: str) -> Key:
    """The ledger's key for a thing of a kind."""
    return Key(kind, name, "" if KINDS[kind].everywhere else region)


def _in(region: str, found: Any) -> tuple[Key, ...]:
    return tuple(each if isinstance(each, Key) else key_for(each[0], each[1], region) for each in found)


# What a call names ----------------------------------------------------------------------------------------------


def _function(text: str) -> str:
    """The name in a function's name, partial ARN or ARN, with or without a version."""
    parts = text.split(":")
    if "function" in parts:
        return (parts[parts.index("function") + 1 :] or [""])[0]
    return parts[0]


def _has_qualifier(parameters: Parameters) -> bool:
    """Whether one version is meant, and not the function."""
    if parameters.get("Qualifier"):
        return True
    text = parameters.get("FunctionName", "")
    return ":" in text and _last(text, ":") != _function(text)


def _table(text: str) -> str:
    return text.partition(":table/")[2].partition("/")[0] if text.startswith("arn:") else text


def _function_of(parameters: Parameters) -> list[tuple[str, str]]:
    return [("function", _function(parameters.get("FunctionName", "")))]


_NAMES: dict[str, tuple[tuple[str, str, Callable[[str], str]], ...]] = {
    # service → (parameter, kind, how its name is read); the first that is given counts, for IAM all but policies
    "lambda": (
        ("FunctionName", "function", _function),
        ("LayerName", "layer", lambda text: text.partition(":layer:")[2] or text),
        ("UUID", "mapping", str),
    ),
    "iam": (("RoleName", "role", str), ("UserName", "user", str), ("GroupName", "group", str)),
    "logs": (
        ("logGroupName", "log-group", str),
        ("logGroupIdentifier", "log-group", lambda text: text.partition(":log-group:")[2].removesuffix(":*") or text),
    ),
    "s3": (("Bucket", "bucket", lambda text: text.removeprefix("arn:aws:s3:::")),),
    "sqs": (("QueueUrl", "queue", lambda text: _last(text, "/")),),
    "sns": (
        ("TopicArn", "topic", lambda text: _last(text, ":")),
        ("SubscriptionArn", "topic", lambda text: (text.split(":") + [""] * 6)[5]),
    ),
    "dynamodb": (("TableName", "table", _table),),
    "kinesis": (("StreamName", "stream", str), ("StreamARN", "stream", lambda text: _last(text, "/"))),
    "ssm": (("Name", "parameter", str),),
    "secretsmanager": (("SecretId", "secret", str),),
    "stepfunctions": (("stateMachineArn", "state-machine", lambda text: (text.split(":") + [""] * 7)[6]),),
    "cloudwatch": (("AlarmName", "alarm", str),),
    "apigateway": (("restApiId", "rest-api", str),),
    "apigatewayv2": (("ApiId", "http-api", str),),
    "cloudformation": (("StackName", "stack", lambda text: text.split("/")[1] if "/" in text else text),),
}
_ARNS = ("Resource", "ResourceArn", "ResourceARN", "resourceArn")


def _touched(service: str, operation: str, parameters: Parameters) -> list[Any]:
    """What a call names as what it changes."""
    found = [
        (kind, read(str(parameters[member])))
        for member, kind, read in _NAMES.get(service, ())
        if parameters.get(member)
    ]
    if found:
        return found if service == "iam" else found[:1]
    for member in _ARNS:
        if isinstance(parameters.get(member), str):
            key = key_of(parameters[member])
            return [key] if key is not None else []
    match service:
        case "iam" if str(parameters.get("PolicyArn", "")).split(":")[4:5] != ["aws"] and "PolicyArn" in parameters:
            return [("policy", _last(parameters["PolicyArn"], "/"))]
        case "events" if operation == "StartReplay" or parameters.get("ArchiveName"):
            return [("archive", _last(parameters.get("ArchiveName") or parameters.get("EventSourceArn", ""), "/"))]
        case "events" if parameters.get("Rule"):
            return [("rule", rule_name(parameters))]
        case "events" if parameters.get("Name"):
            return [("bus", parameters["Name"]) if "EventBus" in operation else ("rule", rule_name(parameters))]
        case "scheduler" if parameters.get("Name"):
            group = "ScheduleGroup" in operation
            return [("schedule-group", parameters["Name"]) if group else ("schedule", schedule_name(parameters))]
        case "dynamodb":
            return _tables(parameters)
        case "cloudwatch":
            return [("alarm", name) for name in parameters.get("AlarmNames", ())]
        case "ssm":
            return [("parameter", name) for name in parameters.get("Names", ())]
    return []


def _tables(parameters: Parameters) -> list[tuple[str, str]]:
    """The tables of a batch, or of a transaction."""
    names = {_table(name) for name in parameters.get("RequestItems", {})}
    for item in parameters.get("TransactItems", ()):
        names |= {_table(action["TableName"]) for action in item.values() if "TableName" in action}
    return [("table", name) for name in sorted(names)]


# What the course adds to a creation -----------------------------------------------------------------------------


def marked(
    service: str, operation: str, parameters: Parameters, creation: Creation, tags: dict[str, str], boundary: str
) -> Parameters:
    """The same call, with the course's tags, and for IAM its path and boundary."""
    changed = dict(parameters)
    if creation.tags is not None and not (service == "ssm" and parameters.get("Overwrite")):
        member, form = creation.tags
        if form == "map":
            changed[member] = {**parameters.get(member, {}), **tags}
        else:
            key, value = ("key", "value") if form == "lower" else ("Key", "Value")
            own = [tag for tag in parameters.get(member, ()) if tag.get(key) not in tags]
            changed[member] = [*own, *({key: name, value: text} for name, text in tags.items())]
    if service == "iam":
        own_path = str(parameters.get("Path") or "/")
        changed["Path"] = (
            own_path if own_path.startswith(PATH) else PATH + own_path.strip("/") + "/" * (own_path != "/")
        )
        if boundary and operation in ("CreateRole", "CreateUser"):
            changed["PermissionsBoundary"] = boundary
    return changed
