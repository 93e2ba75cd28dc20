"""The permissions of HTTP APIs: as REST APIs', the HTTP methods on their paths."""

from __future__ import annotations

from lambdalab.authorization.service_permissions import ServicePermissions
from lambdalab.services.apigateway.permissions import required

PERMISSIONS = ServicePermissions(required_access=required)
