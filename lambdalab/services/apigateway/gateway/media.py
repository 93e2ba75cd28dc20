"""Content types and header values. A body is binary if its type is one of the API's binaryMediaTypes.

For a request's body the Content-Type decides, for a response's the first type in the request's Accept.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings-workflow.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A whole header name."""
_LINE_END = re.compile(r"[\r\n\0]+")


def header_value(text: str) -> str:
    """A text as a header's value: on one line, and in UTF-8."""
    return _LINE_END.sub(" ", text).encode("utf-8", "replace").decode()


def is_binary(header: str | None, binary_media_types: Iterable[str]) -> bool:
    """Whether the first type in a Content-Type or Accept header is one of these."""
    kind = media_type(header)
    return any(each == "*/*" or each == kind or _covers(each, kind) for each in map(str.lower, binary_media_types))


def media_type(header: str | None) -> str:
    """The first type in a header, in lower case, without its parameters."""
    return (header or "").partition(",")[0].partition(";")[0].strip().lower()


def _covers(pattern: str, kind: str) -> bool:
    """image/* covers all images."""
    return pattern.endswith("/*") and kind.startswith(pattern[:-1])
