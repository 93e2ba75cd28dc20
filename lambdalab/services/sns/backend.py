"""The door into moto's SNS: what is changed there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.sns.models import sns_backends

from .topics import patches

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["patches"]


def policy_of(region: str, account: str, name: str) -> Any:
    """A topic's policy."""
    topic = _topic(region, account, name)
    return topic.policy if topic else None


def tags_of(region: str, account: str, name: str) -> Mapping[str, str]:
    """A topic's tags."""
    topic = _topic(region, account, name)
    return topic._tags or {} if topic else {}


def _topic(region: str, account: str, name: str) -> Any:
    return sns_backends[account][region].topics.get(f"arn:aws:sns:{region}:{account}:{name}")
