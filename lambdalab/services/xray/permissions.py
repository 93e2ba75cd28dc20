"""X-Ray's permissions: its calls are about no resource in particular."""

from __future__ import annotations

from lambdalab.authorization.service_permissions import ServicePermissions

PERMISSIONS = ServicePermissions(denial=("AccessDeniedException", 403))
