"""AWS's managed policies, read once and for one partition.

moto keeps an IAM backend for each of AWS's partitions (aws, aws-cn, aws-us-gov …), looks into all of them to find an
access key, and parses its 1.5 MB of managed policies for each: half a second and more, at the first call and again
at every reset. The lab has one partition.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from lambdalab.moto_patches import Patch

if TYPE_CHECKING:
    from collections.abc import Callable


def patches() -> tuple[Patch, ...]:
    """The change to moto's IAM."""
    return (
        Patch(
            "moto.iam.models",
            "IAMBackend",
            "_init_aws_policies",
            ("self",),
            _init_aws_policies,
            "moto parses every managed policy six times before the first answer",
        ),
    )


def _init_aws_policies(original: Callable[[Any], Any]) -> Callable[[Any], list[Any]]:
    def init_aws_policies(backend: Any) -> list[Any]:
        if backend.partition != "aws":
            return []
        return [_copy(policy) for policy in _made(backend.account_id, backend.region_name)]

    return init_aws_policies


@cache
def _made(account_id: str, region: str) -> tuple[Any, ...]:
    """The policies as they are in an empty account."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data
    from moto.iam.models import AWSManagedPolicy

    parsed: dict[str, Any] = json.loads(aws_managed_policies_data)
    return tuple(AWSManagedPolicy.from_data(name, account_id, region, data) for name, data in parsed.items())


def _copy(policy: Any) -> Any:
    """A policy whose attachments and versions may change. A thousand are made at each reset: this is the quick way."""
    made = object.__new__(type(policy))
    vars(made).update(vars(policy), tags=dict(policy.tags), versions=list(policy.versions))
    return made
