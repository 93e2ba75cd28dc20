"""Topics in a real account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.account_resources import (
    Creation,
    Kind,
    Named,
    NameIn,
    ServiceResources,
    after_last,
    flat,
    if_exists,
    not_none,
    pages,
    parameter,
)

if TYPE_CHECKING:
    from lambdalab.account_resources import Aws, Tags


def _arn(aws: Aws, name: str) -> str | None:
    for topic in pages(aws("sns"), "list_topics", "Topics"):
        if topic["TopicArn"].rpartition(":")[2] == name:
            return str(topic["TopicArn"])
    return None


def _delete(aws: Aws, name: str) -> None:
    sns = aws("sns")
    if arn := _arn(aws, name):
        with if_exists():
            for subscription in list(pages(sns, "list_subscriptions_by_topic", "Subscriptions", TopicArn=arn)):
                if subscription["SubscriptionArn"].startswith("arn:"):  # else it is not confirmed yet, and expires
                    with if_exists():
                        sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
            sns.delete_topic(TopicArn=arn)


def _tags(aws: Aws, name: str) -> Tags:
    return flat(aws("sns").list_tags_for_resource(ResourceArn=_arn(aws, name))["Tags"])


ACCOUNT = ServiceResources(
    "sns",
    kinds=(Kind("topic", exists=not_none(_arn), delete=_delete, order=40, tags=_tags),),
    creations={"CreateTopic": Creation("topic", parameter("Name"), tags=("Tags", "list"))},
    parts=frozenset({"Publish", "PublishBatch"}),
    deletions={"DeleteTopic": "topic"},
    names=(
        NameIn("TopicArn", "topic", after_last(":")),
        NameIn("SubscriptionArn", "topic", lambda text: (text.split(":") + [""] * 6)[5]),
    ),
    of_arn=lambda resource: Named("topic", resource.partition(":")[0]),
)
