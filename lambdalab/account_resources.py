"""What a room says about the resources of its service in a real account: the constant `ACCOUNT` in its `account.py`.

Which kinds of resources the course creates, how each is found and deleted, and what operations do to them.
`lambdalab.real_account` collects them from all rooms. A room's `account.py` works through boto3: it imports neither
moto nor the room's `backend.py`.

A deletion can be interrupted anywhere and started again, so a resource that is gone already is not an error.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Aws = Callable[[str], Any]
"""Returns the boto3 client of a service, in the resource's region, whose calls are not watched."""
Tags = dict[str, str]
Parameters = dict[str, Any]
"""Of a call, as boto3 gets them."""


class Named(NamedTuple):
    """A resource, by its kind and its name (or the id that AWS generated)."""

    kind: str
    name: str


@dataclass(frozen=True)
class Kind:
    """One kind of resource."""

    name: str
    """As the ledger and the output of `lambdalab clean` call it: "log-group"."""
    exists: Callable[[Aws, str], bool]
    delete: Callable[[Aws, str], None]
    """Deletes a resource with everything that belongs to it."""
    order: int
    """Kinds are deleted in this order: what depends on others first, such as a function's mapping before the function
    and the function before its role.

    0-9: what creates or watches others; 10-29: what invokes functions; 30-39: Lambda; 40-59: where events and data are;
    60-69: logs; 70-79: IAM
    """
    tags: Callable[[Aws, str], Tags] | None = None
    """None: AWS has no tags for this kind, and only the ledger knows whose a resource is."""
    created: Callable[[Aws, str], float] | None = None
    """When it was created, in seconds since the epoch: for kinds that get their tags in a second call."""
    listed: Callable[[Aws, str], Iterator[tuple[str, Tags | None]]] | None = None
    """For kinds that AWS's search by tags leaves out: all names in the account, for IAM those below this path, and
    their tags if the list has them."""
    global_: bool = False
    """It belongs to the account, not to a region."""
    cost: str = "nothing while it is not used"


def _always(parameters: Parameters) -> bool:
    return True


def _none(parameters: Parameters) -> list[Named]:
    return []


def _never(parameters: Parameters) -> bool:
    return False


def _nothing_follows(name: str) -> list[Named]:
    return []


@dataclass(frozen=True)
class Creation:
    """An operation that creates a resource."""

    kind: str
    name: Callable[[Parameters], str | None]
    """The name that the call gives it; None if AWS generates one."""
    generated: Callable[[Mapping[str, Any]], str] | None = None
    """Its id in the response, if AWS generates one."""
    tags: tuple[str, str] | None = None
    """The parameter for tags, and its form: "map", "list", or "lower" (a list with `key` and `value`)."""
    takes_tags: Callable[[Parameters], bool] = _always
    """Whether this call may have tags."""
    in_iam: bool = False
    """It has an IAM path."""
    bounded: bool = False
    """It can have a permissions boundary."""
    uses: Callable[[Parameters], list[Named]] = _none
    """Resources that the new one changes or invokes: they must be the course's own."""
    follows: Callable[[str], list[Named]] = _nothing_follows
    """What AWS creates by itself, sooner or later, because a resource of this name exists."""


class NameIn(NamedTuple):
    """A parameter that names a resource."""

    parameter: str
    kind: str
    read: Callable[[str], str] = str
    """The resource's name in the parameter's value, which may be an ARN."""


def _no_other_names(operation: str, parameters: Parameters) -> list[Named]:
    return []


def _no_arns(resource: str) -> Named | None:
    return None


@dataclass(frozen=True)
class ServiceResources:
    """The resources of one service, and what its operations mean for them.

    An operation that is in no field below, and that names no resource, is not called on a real account.
    """

    service: str
    """boto3's name: "stepfunctions"."""
    kinds: tuple[Kind, ...] = ()
    creations: Mapping[str, Creation] = field(default_factory=dict)
    """By operation: "CreateQueue"."""
    parts: frozenset[str] = frozenset()
    """Operations that begin like a creation, and whose result is deleted with the resource that it belongs to."""
    harmless: frozenset[str] | None = frozenset()
    """Operations that leave nothing that could be deleted; None: all of them."""
    deletions: Mapping[str, str] = field(default_factory=dict)
    """Operation → the kind of the resource that is gone when it returns. Left out: what is deleted later, as stacks."""
    only_part: Callable[[Parameters], bool] = _never
    """Whether a deletion is about a part of the resource only: a version of a function."""
    names: tuple[NameIn, ...] = ()
    """Parameters that name what a call changes; the first that is given counts."""
    all_names: bool = False
    """All of `names` that are given count."""
    other_names: Callable[[str, Parameters], list[Named]] = _no_other_names
    """What a call changes, by operation, if neither `names` nor a resource's ARN says it."""
    may_name_none: frozenset[str] = frozenset()
    """Operations that are called even if they name no resource of the course."""
    of_arn: Callable[[str], Named | None] = _no_arns
    """Which resource the last part of an ARN of this service names."""


# ARNs and names ---------------------------------------------------------------------------------------------------


def after_last(mark: str) -> Callable[[str], str]:
    """For `NameIn`: the name stands behind the last mark."""
    return lambda text: text.rpartition(mark)[2]


def until(mark: str) -> Callable[[str], str]:
    """The name ends before the first mark."""
    return lambda text: text.partition(mark)[0]


def parameter(name: str) -> Callable[[Parameters], str | None]:
    """For `Creation.name`: the parameter that has it."""
    return lambda parameters: parameters.get(name)


def generated(parameters: Parameters) -> None:
    """For `Creation.name`: AWS generates an id."""


def by_type(types: Mapping[str, tuple[str, Callable[[str], str]]]) -> Callable[[str], Named | None]:
    """For `of_arn`: "function:NAME:1", "role/path/NAME". Type of resource → kind, and its name in the rest."""

    def of_arn(resource: str) -> Named | None:
        at = min((position for mark in ":/" if (position := resource.find(mark)) >= 0), default=len(resource))
        if (found := types.get(resource[:at])) is None:
            return None
        kind, name = found
        return Named(kind, name(resource[at + 1 :]))

    return of_arn


# Asking AWS -------------------------------------------------------------------------------------------------------

_ABSENT = ("NotFound", "NoSuch", "NonExistent", "DoesNotExist", "404", "ResourceNotFoundException", "NotFoundException")


def is_absence(error: Exception) -> bool:
    """Whether AWS says that a resource does not exist. Each service has an error code of its own for that."""
    response = getattr(error, "response", {}).get("Error", {})
    code = str(response.get("Code", ""))
    if any(word in code for word in _ABSENT):
        return True
    return code == "ValidationError" and "does not exist" in str(response.get("Message", ""))  # CloudFormation


@contextlib.contextmanager
def if_exists() -> Iterator[None]:
    """A resource that is gone already need not be deleted."""
    from botocore.exceptions import ClientError

    try:
        yield
    except ClientError as error:
        if not is_absence(error):
            raise


def found(ask: Callable[[], Any]) -> Any:
    """The response, or None if the resource does not exist."""
    response = None
    with if_exists():
        response = ask()
    return response


def pages(client: Any, operation: str, items: str, **parameters: Any) -> Iterator[Any]:
    """All items of a list operation, page by page."""
    for page in client.get_paginator(operation).paginate(**parameters):
        yield from page.get(items) or ()


def flat(tags: Any, key: str = "Key", value: str = "Value") -> Tags:
    """Tags, from the list that most services have."""
    return {tag[key]: tag[value] for tag in tags or ()}


def not_none(ask: Callable[[Aws, str], Any]) -> Callable[[Aws, str], bool]:
    """For `Kind.exists`: whether this finds anything."""
    return lambda aws, name: ask(aws, name) is not None


def answers(service: str, operation: str, name_in: str) -> Callable[[Aws, str], bool]:
    """For `Kind.exists`: one call with the name, which is an error if the resource does not exist."""
    return not_none(lambda aws, name: found(lambda: getattr(aws(service), operation)(**{name_in: name})))


def deleted_by(service: str, operation: str, name_in: str, **more: Any) -> Callable[[Aws, str], None]:
    """For `Kind.delete`: one call with the name."""

    def delete(aws: Aws, name: str) -> None:
        with if_exists():
            getattr(aws(service), operation)(**{name_in: name}, **more)

    return delete
