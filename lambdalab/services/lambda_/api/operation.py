"""What Lambda's operations have in common: how one of moto's is replaced, what it is asked, how it answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lambdalab.services.lambda_.backend import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.moto_patches import Patch

Answer = tuple[int, dict[str, Any], str]
"""Status, headers and body, as moto takes them. Of the two statuses, moto sends the one among the headers."""


def replaced(name: str, handler: Callable[[Any], Any], why: str) -> Patch:
    """An operation that moto has, done by `handler`, which gets moto's response object. The name is that of the method:
    "get_alias".
    """

    def method(response: Any) -> Any:  # moto looks for plain functions only
        return handler(response)

    return replace(f"LambdaResponse.{name}", ("self",), lambda original: method, why)


def function_name(response: Any) -> str:
    """The plain name of the function that a request is about: validation has seen to that."""
    return str(response.function_name)


def latest_of(response: Any) -> Any:
    """$LATEST of that function, as moto stores it; or the error of an operation that needs it."""
    return response.backend.get_function(function_name(response))


def body_of(response: Any) -> dict[str, Any]:
    """A request's body; none is an empty one."""
    body: dict[str, Any] = response.json_body if response.body else {}
    return body


def respond(document: dict[str, Any] | None, status: int = 200) -> Answer:
    """The answer with this document; with None, without a body."""
    return status, {"status": status}, "" if document is None else json.dumps(document)
