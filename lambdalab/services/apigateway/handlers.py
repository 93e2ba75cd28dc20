"""How moto calls the handlers of API Gateway's control plane, for REST APIs and HTTP APIs alike."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from lambdalab.moto_patches import Patch

from .errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable

    Handler = Callable[..., Any]
    MotoError = Callable[[ApiError], Exception]
    """Makes the exception that moto sends as this error."""


def patch(method: str, handler: Handler, why: str, moto_error: MotoError) -> Patch:
    """A changed method, written as "module.Class.method(parameters)".

    The handler gets moto's own method first, bound to its object, then that object and the arguments.
    """
    path, _, parameters = method.removesuffix(")").partition("(")
    module, owner, attribute = path.rsplit(".", 2)

    def replacement(original: Callable[..., Any]) -> Callable[..., Any]:
        def changed(self: Any, *args: Any, **kwargs: Any) -> Any:
            return translated(moto_error, handler, functools.partial(original, self), self, *args, **kwargs)

        return changed

    return Patch(module, owner, attribute, tuple(parameters.split(", ")), replacement, why)


def translated(moto_error: MotoError, handler: Handler, *args: Any, **kwargs: Any) -> Any:
    """Call a handler; its ApiError becomes moto's exception."""
    try:
        return handler(*args, **kwargs)
    except ApiError as error:
        raise moto_error(error) from None
