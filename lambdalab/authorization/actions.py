"""From an operation and its parameters to actions on resources, as policies name them.

Most operations are the action of their name on one resource, whose ARN is made from a parameter. The exceptions are
what this module is about: operations with another action's name (`Invoke` is lambda:InvokeFunction), on several
resources (a batch), or on none in particular ("*").

Source: the Service Authorization Reference, a page for each service,
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from lambdalab.services.dynamodb.leading_keys import leading_keys
from lambdalab.services.kms import keys

from . import resource_policies as resources

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
    of_service = _SERVICES.get(call.service)
    asked = list(of_service(call)) if of_service else [Question(f"{call.service}:{call.operation}")]
    return asked + _tagged(call, asked)


_FREE = {("sts", "GetCallerIdentity")}
"""Allowed whatever policies say.

https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
"""


def _tagged(call: Call, asked: list[Question]) -> list[Question]:
    """Who creates something with tags must be allowed to tag it, too.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html
    """
    action = _TAGGING.get((call.service, call.operation))
    if action is None or not (call.get("Tags") or call.get("tags")):
        return []
    # A mapping is created without a resource, and tagged as one: its id is not known before.
    resource = call.arn("event-source-mapping:*") if call.operation == _MAPS else asked[0].resource
    return [Question(f"{asked[0].action.partition(':')[0]}:{action}", resource)]


_MAPS = "CreateEventSourceMapping"
_TAGGING = {
    ("dynamodb", "CreateTable"): "TagResource",
    ("events", "PutRule"): "TagResource",
    ("iam", "CreatePolicy"): "TagPolicy",
    ("iam", "CreateRole"): "TagRole",
    ("iam", "CreateUser"): "TagUser",
    ("kinesis", "CreateStream"): "AddTagsToStream",
    ("kms", "CreateKey"): "TagResource",
    ("lambda", _MAPS): "TagResource",
    ("lambda", "CreateFunction"): "TagResource",
    ("logs", "CreateLogGroup"): "TagResource",
    ("scheduler", "CreateScheduleGroup"): "TagResource",
    ("secretsmanager", "CreateSecret"): "TagResource",
    ("sns", "CreateTopic"): "TagResource",
    ("sqs", "CreateQueue"): "TagQueue",
    ("ssm", "PutParameter"): "AddTagsToResource",
    ("states", "CreateStateMachine"): "TagResource",
}


def _one(call: Call, resource: str | None, *, action: str = "", service: str = "", **context: Any) -> list[Question]:
    known = {key: value for key, value in context.items() if value is not None}
    return [Question(f"{service or call.service}:{action or call.operation}", resource or "*", known)]


# Services ---------------------------------------------------------------------------------------------------------


def _dynamodb(call: Call) -> Iterable[Question]:
    operation = call.operation
    if operation in ("BatchGetItem", "BatchWriteItem"):
        return [
            Question(f"dynamodb:{operation}", call.named(table, "table/"), leading_keys(call, table, request))
            for table, request in (call.get("RequestItems") or {}).items()
        ]
    if operation in ("TransactWriteItems", "TransactGetItems"):
        single = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "Get": "GetItem"}
        return [
            Question(
                f"dynamodb:{single.get(kind, 'ConditionCheckItem')}",
                call.named(part["TableName"], "table/"),
                leading_keys(call, part["TableName"], part),
            )
            for item in call.get("TransactItems") or []
            for kind, part in item.items()
        ]
    if operation in ("ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"):
        return _partiql(call)
    table, index = call.get("TableName"), call.get("IndexName")
    if table and operation != "ListBackups":
        arn = call.named(table, "table/")
        resource = f"{arn}/index/{index}" if index else arn
        keys = leading_keys(call, table, {"Key": call.get("Key"), "Item": call.get("Item")}) if _on_items(call) else {}
        return [Question(f"dynamodb:{operation}", resource, keys)]
    return _one(call, call.get("ResourceArn") or call.get("TableArn") or call.get("BackupArn"))


def _on_items(call: Call) -> bool:
    return call.operation in ("DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem")


def _partiql(call: Call) -> list[Question]:
    """Statements are actions of their own, by their verb."""
    texts = [call.get("Statement")] if call.operation == "ExecuteStatement" else []
    texts += [each.get("Statement") for each in call.get("Statements") or call.get("TransactStatements") or []]
    asked = []
    for text in texts:
        found = _STATEMENT.match(str(text))
        verb, table, index = found.groups() if found else ("Select", "*", None)
        arn = call.named(table, "table/")
        asked.append(Question(f"dynamodb:PartiQL{verb.capitalize()}", f"{arn}/index/{index}" if index else arn))
    return asked


_STATEMENT = re.compile(
    r"""\s*(SELECT|INSERT|UPDATE|DELETE)\b(?:.*?\b(?:FROM|INTO))?\s*"?([\w.:/-]+)"?(?:\."?([\w.-]+)"?)?""",
    re.IGNORECASE | re.DOTALL,
)


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
    asked = _of_lambda(call)
    if call.operation in ("CreateFunction", "UpdateFunctionConfiguration"):
        asked += _passed(call, call.get("Role"), "lambda.amazonaws.com")
        asked += [Question("lambda:GetLayerVersion", str(layer)) for layer in call.get("Layers") or []]
    if source := code_in_s3(call):
        asked += _read(source)
    return asked


@dataclass(frozen=True)
class S3Object:
    """An object that a call names, in the bucket's newest version of it unless it names one."""

    bucket: str
    key: str
    version: str | None = None

    @property
    def arn(self) -> str:
        """As policies name it."""
        return f"arn:aws:s3:::{self.bucket}/{self.key}"


def code_in_s3(call: Call) -> S3Object | None:
    """The package that a call to Lambda names in S3."""
    member = {"CreateFunction": "Code", "PublishLayerVersion": "Content"}.get(call.operation)
    if member is None and call.operation != "UpdateFunctionCode":
        return None
    place = (call.get(member) or {}).get if member else call.get
    bucket, key = place("S3Bucket"), place("S3Key")
    return S3Object(str(bucket), str(key), place("S3ObjectVersion")) if bucket and key else None


def _read(source: S3Object) -> list[Question]:
    """Lambda reads the package as its caller, who must be allowed to: the function's role has no part in it."""
    if source.version:
        return [Question("s3:GetObjectVersion", source.arn)]
    asked = [Question("s3:GetObject", source.arn)]
    if not resources.object_is_there(source.arn):  # which S3 tells to those only who may list the bucket
        asked.append(Question("s3:ListBucket", f"arn:aws:s3:::{source.bucket}"))
    return asked


def _passed(call: Call, role: Any, service: str) -> list[Question]:
    """Who gives a service a role must be allowed to pass it: else they could do through the service what they may not.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    """
    return [Question("iam:PassRole", str(role), {"iam:passedtoservice": service})] if role else []


def _of_lambda(call: Call) -> list[Question]:
    operation = call.operation
    action = {"Invoke": "InvokeFunction", "InvokeAsync": "InvokeFunction", "InvokeWithResponseStream": "InvokeFunction"}
    name = call.get("FunctionName")
    if operation in _LISTS_OF_LAMBDA:
        return _one(call, None)
    if uuid := call.get("UUID"):
        return _one(call, call.arn(f"event-source-mapping:{uuid}"))
    if operation == _MAPS:
        return _one(call, None)
    if layer := call.get("LayerName"):
        arn = call.named(layer, "layer:")
        if call.get("VersionNumber") is not None:
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


_LISTS_OF_LAMBDA = (
    "GetAccountSettings",
    "ListEventSourceMappings",
    "ListFunctions",
    "ListLayerVersions",
    "ListLayers",
)


def _logs(call: Call) -> Iterable[Question]:
    """CloudWatch Logs asks about a stream of a group, whatever the action: with empty names where none is given.

    So `…:log-group:NAME` without `:*` behind it allows nothing but tagging.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
    """
    if (of := call.get("resourceArn")) is not None:
        return _one(call, str(of))
    group = call.get("logGroupName") or call.get("logGroupIdentifier") or ""
    arn = call.named(group, "log-group:").removesuffix(":*")
    asked = _one(call, f"{arn}:log-stream:{call.get('logStreamName') or ''}")
    return asked + _passed(call, call.get("roleArn"), "logs.amazonaws.com")


def _events(call: Call) -> Iterable[Question]:
    if call.operation == "PutEvents":
        buses = {str(each.get("EventBusName") or "default") for each in call.get("Entries") or []}
        return [Question("events:PutEvents", call.named(bus, "event-bus/")) for bus in sorted(buses)]
    bus = call.get("EventBusName")
    prefix = "" if bus in (None, "default") else f"{str(bus).rpartition('/')[2]}/"
    if rule := call.get("Rule"):
        roles = [each["RoleArn"] for each in call.get("Targets") or [] if isinstance(each, dict) and "RoleArn" in each]
        passed = [each for role in roles for each in _passed(call, role, "events.amazonaws.com")]
        return _one(call, call.arn(f"rule/{prefix}{rule}")) + passed
    kind = next(
        (kind for kind in ("Archive", "Replay", "Connection", "EventBus", "Rule") if kind in call.operation), ""
    )
    name = call.get("Name") or call.get(f"{kind}Name")
    if not name:
        return _one(call, call.get("ResourceARN"))
    kinds = {"EventBus": "event-bus/", "Archive": "archive/", "Replay": "replay/", "Connection": "connection/"}
    asked = _one(call, call.named(name, kinds.get(kind, f"rule/{prefix}")))
    return asked + (_passed(call, call.get("RoleArn"), "events.amazonaws.com") if kind == "Rule" else [])


def _kinesis(call: Call) -> Iterable[Question]:
    if arn := call.get("StreamARN") or call.get("ConsumerARN") or call.get("ResourceARN"):
        return _one(call, str(arn))
    name = call.get("StreamName")
    if name is None and call.operation == "GetRecords":
        return _one(call, call.arn("stream/*"))
    return _one(call, call.arn(f"stream/{name}") if name else None)


def _ssm(call: Call) -> Iterable[Question]:
    names = call.get("Names") or [call.get("Name") or call.get("Path")]
    if call.operation == "DescribeParameters" or names == [None] or "Parameter" not in call.operation:
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
        ("InstanceProfileName", "instance-profile"),
        ("GroupName", "group"),  # before users: who adds one to a group changes the group
        ("RoleName", "role"),
        ("UserName", "user"),
    ):
        if name := call.get(parameter):
            path = str(call.get("Path") or _path(call.account, kind, name))
            return _one(call, f"arn:aws:iam::{call.account}:{kind}{path}{name}")
    if arn := call.get("PolicyArn"):
        return _one(call, str(arn))
    if name := call.get("PolicyName"):
        return _one(call, f"arn:aws:iam::{call.account}:policy{call.get('Path') or '/'}{name}")
    return _one(call, None)


def _path(account: str, kind: str, name: str) -> str:
    """A role's or a user's path is in its ARN, and not in the calls that name it."""
    from moto.iam.models import iam_backends

    backend = iam_backends[account]["aws"]
    there = {"role": backend.roles, "user": backend.users}.get(kind, {}).values()
    return next((str(each.path) for each in there if each.name == name and each.path), "/")


def _sts(call: Call) -> Iterable[Question]:
    return _one(call, call.get("RoleArn"))


def _states(call: Call) -> Iterable[Question]:
    named = ("stateMachineArn", "stateMachineAliasArn", "executionArn", "activityArn", "mapRunArn", "resourceArn")
    arn = next((found for each in named if (found := call.get(each))), None)
    kinds = {"CreateStateMachine": "stateMachine", "CreateActivity": "activity"}
    if kind := kinds.get(call.operation):
        arn = call.arn(f"{kind}:{call.get('name')}")
    return _one(call, arn) + _passed(call, call.get("roleArn"), "states.amazonaws.com")


def _kms(call: Call) -> Iterable[Question]:
    """A key is what is asked for, however it is named: by its id, by an alias, or by what it has encrypted.

    An alias is a resource of its own where it is made, changed and deleted.
    """
    if call.operation == "ListAliases":
        return _one(call, None)
    blob, operation = call.get("CiphertextBlob"), f"kms:{call.operation}"
    if call.operation == "ReEncrypt":
        source = call.get("SourceKeyId") or keys.that_encrypted(blob)
        return [
            Question("kms:ReEncryptFrom", keys.arn(call, source)),
            Question("kms:ReEncryptTo", keys.arn(call, call.get("DestinationKeyId"))),
        ]
    alias = call.get("AliasName")
    asked = (
        [Question(operation, call.named(alias, "" if str(alias).startswith("alias/") else "alias/"))] if alias else []
    )
    named = [call.get("KeyId"), call.get("TargetKeyId"), alias if call.operation != "CreateAlias" else None]
    if blob and not any(named):
        named = [keys.that_encrypted(blob)]
    return asked + [Question(operation, keys.arn(call, key)) for key in named if key] or _one(call, None)


def _scheduler(call: Call) -> Iterable[Question]:
    if arn := call.get("ResourceArn"):  # tags
        return _one(call, str(arn))
    name, group = call.get("Name"), call.get("GroupName") or "default"
    if "ScheduleGroup" in call.operation:
        return _one(call, call.arn(f"schedule-group/{name}") if name else call.arn("schedule-group/*"))
    asked = _one(call, call.arn(f"schedule/{group}/{name}") if name else call.arn("schedule/*/*"))
    return asked + _passed(call, (call.get("Target") or {}).get("RoleArn"), "scheduler.amazonaws.com")


def _cloudformation(call: Call) -> Iterable[Question]:
    """A stack's ARN ends with an id, which a call by the stack's name does not know."""
    stack = call.get("StackName")
    if not stack or call.operation == "ListStacks":
        return _one(call, None)
    asked = _one(call, call.named(stack, "stack/") + ("" if str(stack).startswith("arn:") else "/*"))
    return asked + _passed(call, call.get("RoleARN"), "cloudformation.amazonaws.com")


def _cloudwatch(call: Call) -> Iterable[Question]:
    """Alarms and dashboards have ARNs, metrics have none."""
    if arn := call.get("ResourceARN"):  # tags
        return _one(call, str(arn))
    alarms = call.get("AlarmNames") or ([call.get("AlarmName")] if call.get("AlarmName") else [])
    dashboards = call.get("DashboardNames") or ([call.get("DashboardName")] if call.get("DashboardName") else [])
    arns = [call.arn(f"alarm:{name}") for name in alarms]
    arns += [f"arn:aws:cloudwatch::{call.account}:dashboard/{name}" for name in dashboards]
    if not arns and call.operation in ("DescribeAlarms", "DescribeAlarmHistory"):
        arns = [call.arn("alarm:*")]
    return [Question(f"cloudwatch:{call.operation}", arn) for arn in arns] or _one(call, None)


def _s3(call: Call) -> Iterable[Question]:
    """Not for the gate: moto names S3's actions itself. For who knows a call by its operation."""
    bucket, key = call.get("Bucket"), call.get("Key")
    action = _S3_ACTIONS.get(call.operation, call.operation)
    if not bucket:
        return _one(call, None, action=action)
    arn = f"arn:aws:s3:::{bucket}"
    if call.operation == "DeleteObjects":
        objects = (call.get("Delete") or {}).get("Objects") or []
        return [
            Question(
                "s3:DeleteObjectVersion" if each.get("VersionId") else "s3:DeleteObject", f"{arn}/{each.get('Key')}"
            )
            for each in objects
        ]
    asked = _one(call, f"{arn}/{key}" if key else arn, action=action)
    if call.operation in ("CopyObject", "UploadPartCopy"):
        source = call.get("CopySource")
        named = f"{source['Bucket']}/{source['Key']}" if isinstance(source, dict) else str(source).lstrip("/")
        asked.append(Question("s3:GetObject", f"arn:aws:s3:::{named}"))
    return asked


_S3_ACTIONS = {
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeleteBucketTagging": "PutBucketTagging",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListParts": "ListMultipartUploadParts",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
}
"""Operations that need an action of another name.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
"""


def _apigateway(call: Call) -> Iterable[Question]:
    """API Gateway's actions are HTTP's methods, and its resources are its API's paths.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-iam-policy-examples.html
    """
    from moto.core.utils import get_service_model

    model = get_service_model(call.service).operation_model(call.operation)
    request, members = model.http, model.input_shape.members if model.input_shape else {}
    given = {shape.serialization.get("name", name): call.get(name) for name, shape in members.items()}
    path = re.sub(
        r"{([^}+]+)\+?}",
        lambda place: quote(str(given.get(place[1])), safe="$"),
        request["requestUri"].partition("?")[0].removeprefix("/v2"),
    )
    return [Question(f"apigateway:{request['method']}", f"arn:aws:apigateway:{call.region}::{path}")]


_SERVICES: dict[str, Callable[[Call], Iterable[Question]]] = {
    "apigateway": _apigateway,
    "apigatewayv2": _apigateway,
    "cloudformation": _cloudformation,
    "cloudwatch": _cloudwatch,
    "dynamodb": _dynamodb,
    "dynamodbstreams": _streams,
    "events": _events,
    "iam": _iam,
    "kinesis": _kinesis,
    "kms": _kms,
    "lambda": _lambda,
    "logs": _logs,
    "s3": _s3,
    "scheduler": _scheduler,
    "secretsmanager": _secretsmanager,
    "sns": _sns,
    "sqs": _sqs,
    "ssm": _ssm,
    "states": _states,
    "sts": _sts,
}
