"""The door into moto's KMS. Nothing is changed there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.kms.models import KmsBackend, kms_backends
from moto.kms.utils import KEY_ID_LEN

from lambdalab.moto_patches import missing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdalab.moto_patches import Change
    from lambdalab.services.parts import LabParts

__all__ = ["KEY_ID_LEN", "key_with_alias", "misfits", "patches", "policy_of"]


def patches(lab: LabParts) -> tuple[Change, ...]:
    """None."""
    return ()


def misfits() -> Iterator[str]:
    """What moto lacks of what is read here: keys by their ids, each with its policy; and their aliases."""
    yield from missing(KmsBackend("us-east-1", "000000000000"), "keys", "get_key_id_from_alias")


def key_with_alias(region: str, account: str, alias: str) -> str | None:
    """The id of the key that an alias ("alias/orders") stands for; None if there is no such alias."""
    key: str | None = kms_backends[account][region].get_key_id_from_alias(alias)
    return key


def policy_of(region: str, account: str, key_id: str) -> str | None:
    """A key's policy."""
    key = kms_backends[account][region].keys.get(key_id)
    policy: str | None = key.policy if key else None
    return policy
