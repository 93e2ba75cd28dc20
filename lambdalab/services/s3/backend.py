"""The door into moto's S3: what is changed there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import delete_objects, notifications

if TYPE_CHECKING:
    from lambdalab.moto_patches import Change
    from lambdalab.services.parts import LabParts


def patches(lab: LabParts) -> tuple[Change, ...]:
    """Notifications, and DeleteObjects decided key by key."""
    return (*notifications.patches(lab), *delete_objects.patches(lab.enforcement))
