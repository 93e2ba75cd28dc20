"""The door into moto's IAM: what is changed there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import managed_policies, unsupported_members

if TYPE_CHECKING:
    from lambdalab.moto_patches import Change
    from lambdalab.services.parts import LabParts


def patches(lab: LabParts) -> tuple[Change, ...]:
    """AWS's managed policies are read once."""
    return (*managed_policies.patches(), *unsupported_members.patches())
