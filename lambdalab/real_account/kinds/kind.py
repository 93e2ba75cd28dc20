"""What is the same for all kinds of things: what to know of one, and how AWS is asked."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Aws = Callable[[str], Any]
"""Gives the client of a service, in the right region, past the watch."""
Tags = dict[str, str]


@dataclass(frozen=True)
class Kind:
    """One kind of thing."""

    name: str
    service: str
    exists: Callable[[Aws, str], bool]
    delete: Callable[[Aws, str], None]
    tags: Callable[[Aws, str], Tags] | None = None
    """None: AWS knows no tags for it, and only the ledger says whose it is."""
    born: Callable[[Aws, str], float] | None = None
    """When it was created, in seconds since the epoch: for what may have no tags because it was broken off."""
    everywhere: bool = False
    """It belongs to the account, not to a region."""
    cost: str = "nothing while it is not used"


_ABSENT = ("NotFound", "NoSuch", "NonExistent", "DoesNotExist", "404", "ResourceNotFoundException", "NotFoundException")


def is_absence(error: Exception) -> bool:
    """Whether AWS says that there is no such thing, in the words of whichever service."""
    response = getattr(error, "response", {})
    said = response.get("Error", {})
    code = str(said.get("Code", ""))
    if any(word in code for word in _ABSENT):
        return True
    return code == "ValidationError" and "does not exist" in str(said.get("Message", ""))  # CloudFormation


@contextlib.contextmanager
def if_there() -> Iterator[None]:
    """What is gone already need not be deleted."""
    from botocore.exceptions import ClientError

    try:
        yield
    except ClientError as error:
        if not is_absence(error):
            raise


def found(ask: Callable[[], Any]) -> Any:
    """The answer, or None if there is no such thing."""
    answer = None
    with if_there():
        answer = ask()
    return answer


def pages(client: Any, operation: str, result: str, **parameters: Any) -> Iterator[Any]:
    """Everything that a listing has, page by page."""
    for page in client.get_paginator(operation).paginate(**parameters):
        yield from page.get(result) or ()


def flat(tags: Any, key: str = "Key", value: str = "Value") -> Tags:
    """Tags, from the list that most services make of them."""
    return {tag[key]: tag[value] for tag in tags or ()}


def is_there(ask: Callable[[Aws, str], Any]) -> Callable[[Aws, str], bool]:
    """For `exists`: whether this finds anything."""
    return lambda aws, name: ask(aws, name) is not None


def answers(service: str, operation: str, parameter: str) -> Callable[[Aws, str], bool]:
    """For `exists`: one call with the name, which is an error if there is no such thing."""
    return is_there(lambda aws, name: found(lambda: getattr(aws(service), operation)(**{parameter: name})))


def deleted_by(service: str, operation: str, parameter: str, **more: Any) -> Callable[[Aws, str], None]:
    """For `delete`: one call with the name."""

    def delete(aws: Aws, name: str) -> None:
        with if_there():
            getattr(aws(service), operation)(**{parameter: name}, **more)

    return delete
