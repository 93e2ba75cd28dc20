"""The door into moto's CloudWatch Logs: what is changed there."""

from __future__ import annotations

from moto.logs.models import logs_backends

from .subscriptions import patches

__all__ = ["patches"]


def resource_policies(region: str, account: str) -> tuple[str, ...]:
    """The policies for CloudWatch Logs that an account has in a region, as JSON."""
    policies = list(logs_backends[account][region].resource_policies.values())
    return tuple(str(each.policy_document) for each in policies)
