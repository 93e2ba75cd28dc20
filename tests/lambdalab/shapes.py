"""The shape of a JSON document: its keys, and the types of its values. For comparing with AWS's published samples."""

from __future__ import annotations

from typing import Any


def shape(document: Any) -> Any:
    """Each value replaced by the name of its type; of a list, the shapes of its elements, each once."""
    if isinstance(document, dict):
        return {key: shape(value) for key, value in document.items()}
    if isinstance(document, list):
        found: list[Any] = []
        for each in map(shape, document):
            if each not in found:
                found.append(each)
        return found
    return type(document).__name__
