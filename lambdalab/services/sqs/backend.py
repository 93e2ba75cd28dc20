"""The door into moto's SQS: what is changed there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.sqs.models import sqs_backends

from .queues import patches

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["patches"]


def policy_of(region: str, account: str, name: str) -> Any:
    """A queue's policy."""
    queue = sqs_backends[account][region].queues.get(name)
    return queue.policy if queue else None


def tags_of(region: str, account: str, name: str) -> Mapping[str, str]:
    """A queue's tags."""
    queue = sqs_backends[account][region].queues.get(name)
    return queue.tags or {} if queue else {}
