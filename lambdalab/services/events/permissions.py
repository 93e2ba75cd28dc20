"""EventBridge's permissions: rules, targets with roles, buses, archives, replays and connections.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.authorization.access import Access, access_to, pass_role
from lambdalab.authorization.service_permissions import ServicePermissions

from . import backend

if TYPE_CHECKING:
    from lambdalab.authorization.access import Call

_SERVICE = "events.amazonaws.com"
_KINDS = {"Archive": "archive/", "Replay": "replay/", "Connection": "connection/", "EventBus": "event-bus/", "Rule": ""}


def _required(call: Call) -> list[Access]:
    if call.operation == "PutEvents":
        buses = {str(each.get("EventBusName") or "default") for each in call.get("Entries") or []}
        return [Access("events:PutEvents", call.named(bus, "event-bus/")) for bus in sorted(buses)]
    bus = call.get("EventBusName")
    prefix = "" if bus in (None, "default") else f"{str(bus).rpartition('/')[2]}/"
    if rule := call.get("Rule"):
        roles = [each["RoleArn"] for each in call.get("Targets") or [] if isinstance(each, dict) and "RoleArn" in each]
        passed = [access for role in roles for access in pass_role(role, _SERVICE)]
        return access_to(call, call.arn(f"rule/{prefix}{rule}")) + passed
    kind = next((kind for kind in _KINDS if kind in call.operation), "")
    name = call.get("Name") or call.get(f"{kind}Name")
    if not name:
        return access_to(call, call.get("ResourceARN"))
    required = access_to(call, call.named(name, _KINDS.get(kind) or f"rule/{prefix}"))
    return required + (pass_role(call.get("RoleArn"), _SERVICE) if kind == "Rule" else [])


def _policy(region: str, account: str, resource: str) -> str | None:
    kind, _, name = resource.partition("/")
    return backend.policy_of(region, account, name) if kind == "event-bus" else None


PERMISSIONS = ServicePermissions(
    required_access=_required, tagging_actions={"PutRule": "TagResource"}, resource_policy=_policy
)
