"""The door into moto's API Gateway: REST APIs: what is changed there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.endpoint.public_endpoints import API

from . import added_operations, control_plane, openapi_import, stage_logs
from .data_plane import RestApis

if TYPE_CHECKING:
    from lambdalab.moto_patches import Change
    from lambdalab.services.parts import LabParts


def patches(lab: LabParts) -> tuple[Change, ...]:
    """The changes to moto's apigateway. Requests to its APIs are answered from now on."""
    apis = RestApis(lab)
    lab.public_endpoints.register(API, apis)
    return (*control_plane.patches(), *openapi_import.patches(), *stage_logs.patches(), *added_operations.patches(apis))
