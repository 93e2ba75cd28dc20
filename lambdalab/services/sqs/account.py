"""Queues in a real account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.account_resources import (
    Creation,
    Kind,
    Named,
    NameIn,
    ServiceResources,
    after_last,
    found,
    if_exists,
    not_none,
    parameter,
)

if TYPE_CHECKING:
    from lambdalab.account_resources import Aws, Tags


def _url(aws: Aws, name: str) -> str | None:
    response = found(lambda: aws("sqs").get_queue_url(QueueName=name))
    return response and str(response["QueueUrl"])


def _delete(aws: Aws, name: str) -> None:
    if url := _url(aws, name):
        with if_exists():
            aws("sqs").delete_queue(QueueUrl=url)


def _tags(aws: Aws, name: str) -> Tags:
    return dict(aws("sqs").list_queue_tags(QueueUrl=_url(aws, name)).get("Tags", {}))


ACCOUNT = ServiceResources(
    "sqs",
    kinds=(Kind("queue", exists=not_none(_url), delete=_delete, order=41, tags=_tags),),
    creations={"CreateQueue": Creation("queue", parameter("QueueName"), tags=("tags", "map"))},
    deletions={"DeleteQueue": "queue"},
    names=(NameIn("QueueUrl", "queue", after_last("/")),),
    of_arn=lambda resource: Named("queue", resource),
)
