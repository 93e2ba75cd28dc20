"""DynamoDB's permissions: batches, transactions and PartiQL need the actions of what they do, table by table.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lambdalab.authorization.access import Access, access_to
from lambdalab.authorization.service_permissions import ServicePermissions, tag_keys

from . import backend
from .leading_keys import leading_keys

if TYPE_CHECKING:
    from lambdalab.authorization.access import Call, Context

_SINGLE = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "Get": "GetItem"}
_ON_ITEMS = ("DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem")
_STATEMENT = re.compile(
    r"""\s*(SELECT|INSERT|UPDATE|DELETE)\b(?:.*?\b(?:FROM|INTO))?\s*"?([\w.:/-]+)"?(?:\."?([\w.-]+)"?)?""",
    re.IGNORECASE | re.DOTALL,
)


def _required(call: Call) -> list[Access]:
    if call.service == "dynamodbstreams":
        return _of_streams(call)
    operation = call.operation
    if operation in ("BatchGetItem", "BatchWriteItem"):
        return [
            Access(f"dynamodb:{operation}", call.named(table, "table/"), _leading_keys(call, table, request))
            for table, request in (call.get("RequestItems") or {}).items()
        ]
    if operation in ("TransactWriteItems", "TransactGetItems"):
        return [
            Access(
                f"dynamodb:{_SINGLE.get(kind, 'ConditionCheckItem')}",
                call.named(part["TableName"], "table/"),
                _leading_keys(call, part["TableName"], part),
            )
            for item in call.get("TransactItems") or []
            for kind, part in item.items()
        ]
    if operation in ("ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"):
        return _partiql(call)
    table, index = call.get("TableName"), call.get("IndexName")
    if table and operation != "ListBackups":
        arn = call.named(table, "table/")
        keys = {}
        if operation in _ON_ITEMS:
            keys = _leading_keys(call, table, {"Key": call.get("Key"), "Item": call.get("Item")})
        return [Access(f"dynamodb:{operation}", f"{arn}/index/{index}" if index else arn, keys)]
    return access_to(call, call.get("ResourceArn") or call.get("TableArn") or call.get("BackupArn"))


def _leading_keys(call: Call, table: str, request: object) -> dict[str, tuple[str, ...]]:
    key = backend.partition_key(call.region, call.account, table.rpartition("/")[2], call.get("IndexName"))
    return leading_keys(call, key, request)


def _partiql(call: Call) -> list[Access]:
    """Statements are actions of their own, by their verb."""
    texts = [call.get("Statement")] if call.operation == "ExecuteStatement" else []
    texts += [each.get("Statement") for each in call.get("Statements") or call.get("TransactStatements") or []]
    required = []
    for text in texts:
        found = _STATEMENT.match(str(text))
        verb, table, index = found.groups() if found else ("Select", "*", None)
        arn = call.named(table, "table/")
        required.append(Access(f"dynamodb:PartiQL{verb.capitalize()}", f"{arn}/index/{index}" if index else arn))
    return required


def _of_streams(call: Call) -> list[Access]:
    """DynamoDB Streams: its actions and ARNs are DynamoDB's."""
    arn = call.get("StreamArn")
    if arn is None and (iterator := call.get("ShardIterator")):
        arn = iterator.partition("|")[0] if str(iterator).startswith("arn:") else None
    if call.operation == "ListStreams":
        return access_to(call, None, service="dynamodb")
    return access_to(call, arn or call.arn("table/*/stream/*", service="dynamodb"), service="dynamodb")


def _keys(region: str, account: str, resource: str) -> Context:
    kind, _, rest = resource.partition("/")
    return tag_keys(backend.tags_of(region, account, rest.partition("/")[0])) if kind == "table" else {}


PERMISSIONS = ServicePermissions(
    required_access=_required, tagging_actions={"CreateTable": "TagResource"}, resource_keys=_keys
)
