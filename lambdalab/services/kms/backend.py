"""The door into moto's KMS: nothing is changed there."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lambdalab.moto_patches import Change
    from lambdalab.services.parts import LabParts


def patches(lab: LabParts) -> tuple[Change, ...]:
    """None."""
    return ()
