"""Parameters of Systems Manager in a real account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.account_resources import (
    Creation,
    Kind,
    Named,
    NameIn,
    ServiceResources,
    by_type,
    deleted_by,
    flat,
    parameter,
)

if TYPE_CHECKING:
    from lambdalab.account_resources import Aws, Tags


def _exists(aws: Aws, name: str) -> bool:
    filters = [{"Key": "Name", "Option": "Equals", "Values": [name]}]
    return bool(aws("ssm").describe_parameters(ParameterFilters=filters)["Parameters"])


def _tags(aws: Aws, name: str) -> Tags:
    return flat(aws("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"])


ACCOUNT = ServiceResources(
    "ssm",
    kinds=(
        Kind(
            "parameter",
            exists=_exists,
            delete=deleted_by("ssm", "delete_parameter", "Name"),
            order=52,
            tags=_tags,
        ),
    ),
    creations={
        "PutParameter": Creation(
            "parameter",
            parameter("Name"),
            tags=("Tags", "list"),
            takes_tags=lambda parameters: not parameters.get("Overwrite"),
        )
    },
    deletions={"DeleteParameter": "parameter"},
    names=(NameIn("Name", "parameter"),),
    other_names=lambda operation, parameters: [Named("parameter", name) for name in parameters.get("Names", ())],
    of_arn=by_type({"parameter": ("parameter", lambda name: f"/{name}" if "/" in name else name)}),
)
