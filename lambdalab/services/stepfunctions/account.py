"""State machines in a real account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.account_resources import (
    Creation,
    Kind,
    NameIn,
    ServiceResources,
    by_type,
    flat,
    if_exists,
    not_none,
    pages,
    parameter,
)

if TYPE_CHECKING:
    from lambdalab.account_resources import Aws, Tags


def _arn(aws: Aws, name: str) -> str | None:
    for machine in pages(aws("stepfunctions"), "list_state_machines", "stateMachines"):
        if machine["name"] == name:
            return str(machine["stateMachineArn"])
    return None


def _delete(aws: Aws, name: str) -> None:
    if arn := _arn(aws, name):
        with if_exists():
            aws("stepfunctions").delete_state_machine(stateMachineArn=arn)


def _tags(aws: Aws, name: str) -> Tags:
    response = aws("stepfunctions").list_tags_for_resource(resourceArn=_arn(aws, name))
    return flat(response["tags"], "key", "value")


ACCOUNT = ServiceResources(
    "stepfunctions",
    kinds=(Kind("state-machine", exists=not_none(_arn), delete=_delete, order=22, tags=_tags),),
    creations={"CreateStateMachine": Creation("state-machine", parameter("name"), tags=("tags", "lower"))},
    parts=frozenset({"StartExecution", "StartSyncExecution"}),
    deletions={"DeleteStateMachine": "state-machine"},
    names=(NameIn("stateMachineArn", "state-machine", lambda text: (text.split(":") + [""] * 7)[6]),),
    of_arn=by_type({"stateMachine": ("state-machine", str)}),
)
