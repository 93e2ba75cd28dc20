"""Policies that resources have: buckets, queues, topics, functions, log groups, buses, keys and secrets; and roles: who
may become them.

moto keeps each as the text that the caller gave, or as what it made of AddPermission.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lambdalab.policies import MalformedPolicy, Policy, read

if TYPE_CHECKING:
    from collections.abc import Callable


def policy_of(arn: str) -> Policy | None:
    """The policy of the resource, if it is there and has one."""
    parts = arn.split(":", 5)
    if len(parts) != 6:
        return None
    _, _, service, region, account, resource = parts
    find = _SERVICES.get(service)
    document = find(region, account, resource) if find else None
    if not document:
        return None
    try:
        return read(document, arn)
    except MalformedPolicy:
        return None


def owner_of(arn: str, account: str) -> str:
    """Whose resource it is. A bucket's ARN does not say."""
    parts = arn.split(":", 5)
    return parts[4] if len(parts) == 6 and parts[4] else account


def object_is_there(arn: str) -> bool:
    """Whether S3 has this object now, and did not mark it as deleted."""
    from moto.s3.models import FakeKey, s3_backends

    bucket, _, key = arn.removeprefix("arn:aws:s3:::").partition("/")
    found = [backends["aws"].buckets[bucket] for backends in s3_backends.values() if bucket in backends["aws"].buckets]
    return any(isinstance(each.keys.get(key), FakeKey) for each in found)


def _bucket(region: str, account: str, resource: str) -> Any:
    from moto.s3.models import s3_backends

    name = resource.partition("/")[0]
    for backends in s3_backends.values():
        if bucket := backends["aws"].buckets.get(name):
            return bucket.policy.decode() if isinstance(bucket.policy, bytes) else bucket.policy
    return None


def _queue(region: str, account: str, resource: str) -> Any:
    from moto.sqs.models import sqs_backends

    queue = sqs_backends[account][region].queues.get(resource)
    return queue.policy if queue else None


def _topic(region: str, account: str, resource: str) -> Any:
    from moto.sns.models import sns_backends

    topic = sns_backends[account][region].topics.get(f"arn:aws:sns:{region}:{account}:{resource}")
    return topic.policy if topic else None


def _function(region: str, account: str, resource: str) -> Any:
    """Of a function, or of one of its versions or aliases: each has its own."""
    from moto.awslambda.models import lambda_backends

    kind, _, rest = resource.partition(":")
    if kind != "function":
        return None
    name, _, qualifier = rest.partition(":")
    functions = lambda_backends[account][region]._lambdas._functions.get(name)
    if not functions:
        return None
    from lambdalab.services.lambda_.resource_policy import statements

    try:
        found = statements(lambda_backends[account][region], name, qualifier or None)
    except Exception:
        return None
    return json.dumps({"Version": "2012-10-17", "Statement": found})


def _secret(region: str, account: str, resource: str) -> Any:
    from moto.secretsmanager.models import secretsmanager_backends

    arn = f"arn:aws:secretsmanager:{region}:{account}:{resource}"
    for secret in secretsmanager_backends[account][region].secrets.values():
        if secret.arn == arn:
            return secret.policy
    return None


def _role(region: str, account: str, resource: str) -> Any:
    """A role's trust policy: who may become it."""
    from moto.iam.models import iam_backends

    arn = f"arn:aws:iam::{account}:{resource}"
    for role in list(iam_backends[account]["aws"].roles.values()):
        if role.arn == arn:
            return role.assume_role_policy_document
    return None


def _log_group(region: str, account: str, resource: str) -> Any:
    """Policies of CloudWatch Logs are an account's, and name the groups."""
    from moto.logs.models import logs_backends

    found: list[Any] = []
    for policy in logs_backends[account][region].resource_policies.values():
        statements = json.loads(policy.policy_document).get("Statement") or []
        found += statements if isinstance(statements, list) else [statements]
    return json.dumps({"Version": "2012-10-17", "Statement": found}) if found else None


def _bus(region: str, account: str, resource: str) -> Any:
    from moto.events.models import events_backends

    kind, _, name = resource.partition("/")
    bus = events_backends[account][region].event_buses.get(name) if kind == "event-bus" else None
    return bus.policy if bus else None


def _key(region: str, account: str, resource: str) -> Any:
    from moto.kms.models import kms_backends

    kind, _, name = resource.partition("/")
    key = kms_backends[account][region].keys.get(name) if kind == "key" else None
    return key.policy if key else None


_SERVICES: dict[str, Callable[[str, str, str], Any]] = {
    "events": _bus,
    "iam": _role,
    "kms": _key,
    "lambda": _function,
    "logs": _log_group,
    "s3": _bucket,
    "secretsmanager": _secret,
    "sns": _topic,
    "sqs": _queue,
}
