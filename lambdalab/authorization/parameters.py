"""A request's parameters, each from the one place where AWS's model says that it travels.

A gate that found one in another place than the operation does could be shown one resource, and another be opened. The
event of an invocation is no parameter, whatever its members are called.
"""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def of(response: Any, service: str, operation: str) -> Callable[[str], Any]:
    """What gives a parameter by its name in the API, and None if the request has none of that name.

    `service` as boto3 names it.
    """
    if service == "s3" or response.automated_parameter_parsing:  # moto has read the request by the model
        get: Callable[[str], Any] = response._get_param
        return get
    places = _places(service, operation)
    body = functools.cache(lambda: _body(response))

    def parameter(name: str) -> Any:
        place, wire = places.get(name, ("", ""))
        if place == "uri":
            value = response.uri_match.get(wire)
            return unquote(str(value)) if value is not None else None
        if place == "querystring":
            return (response.querystring.get(wire) or [None])[0]
        if place == "header":
            return response.headers.get(wire)
        return body().get(wire) if place else None

    return parameter


@functools.lru_cache(maxsize=1024)
def _places(service: str, operation: str) -> Mapping[str, tuple[str, str]]:
    """For each parameter: the part of the request, and its name there. What is the whole body is no parameter."""
    from moto.core.utils import get_service_model

    shape = get_service_model(service).operation_model(operation).input_shape
    if shape is None:
        return {}
    payload = shape.serialization.get("payload")
    return {
        name: (member.serialization.get("location", "body"), member.serialization.get("name", name))
        for name, member in shape.members.items()
        if name != payload
    }


def _body(response: Any) -> Mapping[str, Any]:
    try:
        body = json.loads(response.body or "{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
