"""A request's parameters, each from the one part of the request where AWS's model puts it.

If authorization read a parameter from elsewhere than the operation does, a request could name one resource for the
check and open another. The event of an invocation is no parameter, whatever its members are called.
"""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from .moto_core import parameter_of, service_model

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def of(response: Any, service: str, operation: str) -> Callable[[str], Any]:
    """What gives a parameter by its name in the API, and None if the request has none of that name.

    `service` as boto3 names it.
    """
    if get := parameter_of(response):
        return get
    locations = _locations(service, operation)
    body = functools.cache(lambda: _body(response))

    def parameter(name: str) -> Any:
        location, wire = locations.get(name, ("", ""))
        if location == "uri":
            value = response.uri_match.get(wire)
            return unquote(str(value)) if value is not None else None
        if location == "querystring":
            return (response.querystring.get(wire) or [None])[0]
        if location == "header":
            return response.headers.get(wire)
        return body().get(wire) if location else None

    return parameter


@functools.lru_cache(maxsize=1024)
def _locations(service: str, operation: str) -> Mapping[str, tuple[str, str]]:
    """For each parameter: the part of the request, and its name there. What is the whole body is no parameter."""
    shape = service_model(service).operation_model(operation).input_shape
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
