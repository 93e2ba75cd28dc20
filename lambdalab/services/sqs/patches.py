"""Every change to moto's SQS, and why. What takes its place is in `queues.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import queues
from .backend import replace

if TYPE_CHECKING:
    from lambdalab.moto_patches import Change
    from lambdalab.services.parts import LabParts

_RECEIVE = (
    "self",
    "queue_name",
    "count",
    "wait_seconds_timeout",
    "visibility_timeout",
    "message_attribute_names",
)


def patches(lab: LabParts) -> tuple[Change, ...]:
    """The changes to moto's SQS."""
    return (
        replace(
            "models.unix_time_millis",
            ("dt",),
            lambda original: queues.now_on(lab, original, 1000),
            "what is hidden or delayed follows the lab's clock",
        ),
        replace(
            "models.unix_time",
            ("dt",),
            lambda original: queues.now_on(lab, original, 1),
            "so do the 60 seconds between two purges of a queue",
        ),
        replace(
            "Queue.add_message",
            ("self", "message"),
            lambda original: queues.add_message(lab),
            "moto invokes functions itself, and forgets the deduplication ids of deleted messages",
        ),
        replace(
            "SQSBackend.send_message",
            (
                "self",
                "queue_name",
                "message_body",
                "message_attributes",
                "delay_seconds",
                "deduplication_id",
                "group_id",
                "system_attributes",
                "validate_group_id",
            ),
            queues.trace_message,
            "a message has the trace header of the request that sent it",
        ),
        replace(
            "SQSBackend.receive_message",
            _RECEIVE,
            lambda original: queues.receive_message(lab),
            "moto gives one message to two receivers, and looks at every message of the queue",
        ),
        replace(
            "Queue.delete_message",
            ("self", "receipt_handle"),
            lambda original: queues.delete_message,
            "moto looks at every message of the queue",
        ),
        replace(
            "SQSBackend.change_message_visibility",
            ("self", "queue_name", "receipt_handle", "visibility_timeout"),
            lambda original: queues.change_visibility(lab, original),
            "pollers must learn that a message is visible again",
        ),
        replace(
            "SQSResponse.call_action",
            ("self",),
            lambda original: queues.wake_pollers_once(lab, original),
            "messages that were sent in one call are received together",
        ),
    )
