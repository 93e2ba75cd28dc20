"""Every change to moto's DynamoDB, and why. What takes its place is in `streams.py` and `time_to_live.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import streams, time_to_live
from .backend import replace

if TYPE_CHECKING:
    from lambdalab.moto_patches import Change
    from lambdalab.services.parts import LabParts

_UPDATE = (
    "self",
    "table_name",
    "key",
    "update_expression",
    "expression_attribute_names",
    "expression_attribute_values",
    "attribute_updates",
    "expected",
    "condition_expression",
    "return_values_on_condition_check_failure",
)


def patches(lab: LabParts) -> tuple[Change, ...]:
    """The changes to moto's DynamoDB."""
    return (
        replace("table.utcnow", (), lambda original: streams.now_on(lab.clock), "records have the lab's time"),
        replace(
            "StreamShard.add",
            ("self", "old", "new"),
            lambda original: streams.add_to_shard(lab),
            "moto invokes functions itself, writes records of another form, and fails when the stream is disabled",
        ),
        replace(
            "Table.set_stream_specification",
            ("self", "streams"),
            streams.keep_former,
            "moto forgets the records of a stream that is disabled",
        ),
        replace(
            "DynamoDBBackend.update_table_streams",
            ("self", "table", "stream_specification"),
            streams.enable_again,
            "moto does not let a stream be enabled again",
        ),
        replace(
            "DynamoDBBackend.update_item",
            _UPDATE,
            lambda original: streams.one_record(lab, original),
            "moto writes two records for an item that did not exist",
        ),
        replace(
            "DynamoDBBackend.transact_write_items",
            ("self", "transact_items"),
            streams.isolated,
            "what a transaction wrote may be rolled back: nobody reads it until then",
        ),
        replace(
            "DynamoDBBackend.update_time_to_live",
            ("self", "table_name", "ttl_spec"),
            lambda original: time_to_live.update(lab, original),
            "moto deletes no expired items",
        ),
        replace(
            "DynamoHandler.call_action",
            ("self",),
            lambda original: streams.wake_pollers_once(lab, original),
            "what was written in one call is read together",
        ),
    )
