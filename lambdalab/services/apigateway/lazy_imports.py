"""What moto imports with API Gateway and hardly ever uses is imported when it is used.

openapi_spec_validator checks definitions of APIs. It brings jsonschema; where JupyterLab has installed all that this
can check formats with, it compiles a grammar when it is imported: a second or two of processor time at each start of a
kernel, for a check that few ever ask for.
"""

from __future__ import annotations

import contextlib
import sys
import types
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = "openapi_spec_validator"


class OpenAPIValidationError(Exception):
    """What is wrong with a definition, as moto expects it to be raised."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def validate(document: Any) -> None:
    """Check a definition, with the library that moto would have imported."""
    import openapi_spec_validator
    from openapi_spec_validator.validation.exceptions import OpenAPIValidationError as Invalid

    try:
        openapi_spec_validator.validate(document)
    except Invalid as error:
        raise OpenAPIValidationError(error.message) from None


@contextlib.contextmanager
def around_import() -> Iterator[None]:
    """While moto's API Gateway is imported, the above stands in the library's place; unless that is there already."""
    if _NAME in sys.modules:
        yield
        return
    names = (_NAME, f"{_NAME}.validation", f"{_NAME}.validation.exceptions")
    top, middle, exceptions = (types.ModuleType(name) for name in names)
    top.validate, top.validation = validate, middle  # type: ignore[attr-defined]
    middle.exceptions = exceptions  # type: ignore[attr-defined]
    exceptions.OpenAPIValidationError = OpenAPIValidationError  # type: ignore[attr-defined]
    sys.modules.update(zip(names, (top, middle, exceptions), strict=True))
    try:
        yield
    finally:
        for name in names:
            sys.modules.pop(name, None)
