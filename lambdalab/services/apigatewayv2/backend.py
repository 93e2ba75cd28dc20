"""The door into moto's API Gateway: HTTP APIs: what is changed there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.endpoint.public_endpoints import API

from . import control_plane as control
from .authorization import Authorization
from .data_plane import HttpApis
from .issuers import Issuers

if TYPE_CHECKING:
    from lambdalab.moto_patches import Change
    from lambdalab.services.parts import LabParts


def patches(lab: LabParts) -> tuple[Change, ...]:
    """The changes to moto's apigatewayv2; and the front door learns of its APIs."""
    issuers = Issuers(lab.web, lab.clock)
    authorization = Authorization(lab, issuers)
    lab.public_endpoints.register(API, HttpApis(lab, authorization))
    return control.patches(issuers, authorization)
