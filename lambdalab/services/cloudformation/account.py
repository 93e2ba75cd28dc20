"""Stacks in a real account. A stack deletes its resources, later than the call returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lambdalab.account_resources import (
    Creation,
    Kind,
    NameIn,
    ServiceResources,
    by_type,
    flat,
    found,
    if_exists,
    not_none,
    parameter,
    until,
)

if TYPE_CHECKING:
    from lambdalab.account_resources import Aws


def _stack(aws: Aws, name: str) -> Any:
    response = found(lambda: aws("cloudformation").describe_stacks(StackName=name))
    stacks = response["Stacks"] if response else []
    return next((stack for stack in stacks if stack["StackStatus"] != "DELETE_COMPLETE"), None)


def _delete(aws: Aws, name: str) -> None:
    client = aws("cloudformation")
    if _stack(aws, name):
        with if_exists():
            client.delete_stack(StackName=name)
            client.get_waiter("stack_delete_complete").wait(StackName=name)


_CREATION = Creation("stack", parameter("StackName"), tags=("Tags", "list"))

ACCOUNT = ServiceResources(
    "cloudformation",
    kinds=(
        Kind(
            "stack",
            exists=not_none(_stack),
            delete=_delete,
            order=0,
            tags=lambda aws, name: flat(_stack(aws, name)["Tags"]),
        ),
    ),
    creations={"CreateStack": _CREATION, "CreateChangeSet": _CREATION},
    names=(NameIn("StackName", "stack", lambda text: text.split("/")[1] if "/" in text else text),),
    of_arn=by_type({"stack": ("stack", until("/"))}),
)
