"""What can stand in headers, and which bodies are binary: those whose type is among the API's binaryMediaTypes.

A request's body is looked at by its Content-Type, a response's by the first type in the request's Accept.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings-workflow.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def header_value(text: str) -> str:
    """A text, as far as it can stand in a header: on one line, and in UTF-8."""
    return re.sub(r"[\r\n\0]+", " ", text).encode("utf-8", "replace").decode()


def is_header_name(name: str) -> bool:
    """Whether this can be the name of a header."""
    return re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) is not None


def is_binary(header: str | None, binary_media_types: Iterable[str]) -> bool:
    """Whether the first type in a Content-Type or an Accept header is one of these."""
    kind = media_type(header)
    return any(each == "*/*" or each == kind or _covers(each, kind) for each in map(str.lower, binary_media_types))


def media_type(header: str | None) -> str:
    """The first type in a header, in lower case, without its parameters."""
    return (header or "").partition(",")[0].partition(";")[0].strip().lower()


def _covers(pattern: str, kind: str) -> bool:
    """image/* stands for all images."""
    return pattern.endswith("/*") and kind.startswith(pattern[:-1])
