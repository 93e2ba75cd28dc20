"""API Gateway's permissions: its actions are HTTP's methods, and its resources are its API's paths.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-iam-policy-examples.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from lambdalab.authorization.access import Access
from lambdalab.authorization.moto_core import service_model
from lambdalab.authorization.service_permissions import ServicePermissions

if TYPE_CHECKING:
    from lambdalab.authorization.access import Call

_PARAMETER = re.compile(r"{([^}+]+)\+?}")


def required(call: Call) -> list[Access]:
    """The method on the path, with the call's parameters filled in. For both of API Gateway's APIs."""
    model = service_model(call.service).operation_model(call.operation)
    request, members = model.http, model.input_shape.members if model.input_shape else {}
    given = {shape.serialization.get("name", name): call.get(name) for name, shape in members.items()}
    path = _PARAMETER.sub(
        lambda found: quote(str(given.get(found[1])), safe="$"),
        request["requestUri"].partition("?")[0].removeprefix("/v2"),
    )
    return [Access(f"apigateway:{request['method']}", f"arn:aws:apigateway:{call.region}::{path}")]


PERMISSIONS = ServicePermissions(required_access=required, denial=("AccessDeniedException", 403))
