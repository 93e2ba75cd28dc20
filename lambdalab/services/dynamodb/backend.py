"""The door into moto's DynamoDB: what is changed there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.dynamodb.models import dynamodb_backends

from .streams import patches

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["patches"]


def tags_of(region: str, account: str, table: str) -> Mapping[str, str]:
    """A table's tags."""
    found = dynamodb_backends[account][region].tables.get(table)
    return {each["Key"]: each["Value"] for each in found.tags or ()} if found else {}


def partition_key(region: str, account: str, table: str, index: str | None) -> str:
    """The attribute that is the partition key of a table or of one of its indexes; empty if there is none such."""
    found = dynamodb_backends[account][region].tables.get(table)
    if found is None:
        return ""
    if index:
        schemas = [each.schema for each in [*found.global_indexes, *found.indexes] if each.name == index]
        return next((str(part["AttributeName"]) for each in schemas for part in each if part["KeyType"] == "HASH"), "")
    return str(found.hash_key_attr)
