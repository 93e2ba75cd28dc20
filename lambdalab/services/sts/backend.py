"""The door into moto's STS: what is changed there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.authorization import principals

from . import federation

if TYPE_CHECKING:
    from lambdalab.moto_patches import Change
    from lambdalab.services.parts import LabParts


def patches(lab: LabParts) -> tuple[Change, ...]:
    """Sessions remember their role; web identity and SAML are refused in words."""
    return (*principals.patches(lab.clock.time), *federation.patches())
