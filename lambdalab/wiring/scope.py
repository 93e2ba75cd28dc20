"""Which resources are read, and how an account lists them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

Aws = Callable[[str], Any]
"""Returns the boto3 client of a service."""


class Look(Protocol):
    """Which resources are read."""

    account: str
    region: str

    def names(self, kind: str) -> list[str]:
        """The names of all resources of a kind, for example "bucket": see `ServiceWiring.lists`."""


def pages(client: Any, operation: str, items: str, **parameters: Any) -> Iterator[Any]:
    """All items of a list operation, page by page."""
    for page in client.get_paginator(operation).paginate(**parameters):
        yield from page.get(items) or ()


def listed(client: Any, operation: str, items: str, name: str = "", **parameters: Any) -> list[str]:
    """The names in the response of a list operation, sorted. Without `name`, an item is itself the name."""
    if client.can_paginate(operation):
        found = list(pages(client, operation, items, **parameters))
    else:
        found = getattr(client, operation)(**parameters).get(items) or []
    return sorted(str(each[name] if name else each) for each in found)
