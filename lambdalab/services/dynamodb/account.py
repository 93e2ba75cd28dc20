"""Tables in a real account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.account_resources import (
    Creation,
    Kind,
    Named,
    NameIn,
    ServiceResources,
    answers,
    by_type,
    flat,
    if_exists,
    until,
)

if TYPE_CHECKING:
    from lambdalab.account_resources import Aws, Parameters, Tags


def _delete(aws: Aws, name: str) -> None:
    client = aws("dynamodb")
    with if_exists():
        client.delete_table(TableName=name)
    client.get_waiter("table_not_exists").wait(TableName=name)


def _tags(aws: Aws, name: str) -> Tags:
    client = aws("dynamodb")
    arn = client.describe_table(TableName=name)["Table"]["TableArn"]
    return flat(client.list_tags_of_resource(ResourceArn=arn)["Tags"])


def _table(text: str) -> str:
    """The name in a table's name or ARN."""
    return text.partition(":table/")[2].partition("/")[0] if text.startswith("arn:") else text


def _tables(operation: str, parameters: Parameters) -> list[Named]:
    """The tables of a batch, or of a transaction."""
    names = {_table(name) for name in parameters.get("RequestItems", {})}
    for item in parameters.get("TransactItems", ()):
        names |= {_table(action["TableName"]) for action in item.values() if "TableName" in action}
    return [Named("table", name) for name in sorted(names)]


ACCOUNT = ServiceResources(
    "dynamodb",
    kinds=(
        Kind(
            "table",
            exists=answers("dynamodb", "describe_table", "TableName"),
            delete=_delete,
            order=50,
            tags=_tags,
            cost="next to nothing on demand; every hour that it exists with provisioned capacity",
        ),
    ),
    creations={
        "CreateTable": Creation(
            "table", lambda parameters: _table(parameters.get("TableName", "")), tags=("Tags", "list")
        )
    },
    deletions={"DeleteTable": "table"},
    names=(NameIn("TableName", "table", _table),),
    other_names=_tables,
    of_arn=by_type({"table": ("table", until("/"))}),
)
