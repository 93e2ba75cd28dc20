"""Secrets in a real account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lambdalab.account_resources import (
    Creation,
    Kind,
    NameIn,
    ServiceResources,
    by_type,
    deleted_by,
    flat,
    found,
    not_none,
    parameter,
)

if TYPE_CHECKING:
    from lambdalab.account_resources import Aws


def _secret(aws: Aws, name: str) -> Any:
    return found(lambda: aws("secretsmanager").describe_secret(SecretId=name))


ACCOUNT = ServiceResources(
    "secretsmanager",
    kinds=(
        Kind(
            "secret",
            exists=not_none(_secret),
            delete=deleted_by("secretsmanager", "delete_secret", "SecretId", ForceDeleteWithoutRecovery=True),
            order=53,
            tags=lambda aws, name: flat((_secret(aws, name) or {}).get("Tags")),
            cost="a little every month that it exists",
        ),
    ),
    creations={"CreateSecret": Creation("secret", parameter("Name"), tags=("Tags", "list"))},
    names=(NameIn("SecretId", "secret"),),
    of_arn=by_type({"secret": ("secret", lambda name: name.rpartition("-")[0])}),  # AWS adds six characters
)
