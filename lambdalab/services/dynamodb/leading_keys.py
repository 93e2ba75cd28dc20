"""The partition keys of the items that a request to DynamoDB is about: the condition key dynamodb:LeadingKeys.

Of requests that name items, and of queries; a scan names none.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambdalab.authorization.access import Call

_EQUALS = re.compile(r"([#\w]+)\s*=\s*(:\w+)")


def leading_keys(call: Call, partition_key: str, request: Any) -> dict[str, tuple[str, ...]]:
    """The condition key, if the request has it. `request` is the part of the call for one item, or several."""
    found = [value for key in _keys(call, request) if (value := _text(key.get(partition_key))) is not None]
    return {"dynamodb:leadingkeys": tuple(found)} if found else {}


def _keys(call: Call, request: Any) -> list[Mapping[str, Any]]:
    """Items, or keys of items."""
    if call.operation == "Query":
        return [_queried(call)]
    if isinstance(request, list):  # of a batch that writes
        return [key for each in request for one in each.values() for key in _keys(call, one)]
    if "Keys" in request:  # of a batch that reads
        return list(request["Keys"])
    return [key for member in ("Key", "Item") if isinstance(key := request.get(member), dict)]


def _queried(call: Call) -> Mapping[str, Any]:
    """Attributes that a query wants to be equal to something."""
    names, values = call.get("ExpressionAttributeNames") or {}, call.get("ExpressionAttributeValues") or {}
    pairs = _EQUALS.findall(call.get("KeyConditionExpression") or "")
    return {names.get(name, name): values.get(value) for name, value in pairs}


def _text(value: Any) -> str | None:
    """{"S": "ada"} → ada."""
    return str(next(iter(value.values()))) if isinstance(value, dict) and len(value) == 1 else None
