"""Queues, topics and streams."""

from __future__ import annotations

from .kind import Aws, Kind, Tags, answers, deleted_by, flat, found, if_there, is_there, pages


def _queue_url(aws: Aws, name: str) -> str | None:
    answer = found(lambda: aws("sqs").get_queue_url(QueueName=name))
    return answer and str(answer["QueueUrl"])


def _delete_queue(aws: Aws, name: str) -> None:
    if url := _queue_url(aws, name):
        with if_there():
            aws("sqs").delete_queue(QueueUrl=url)


def _queue_tags(aws: Aws, name: str) -> Tags:
    return dict(aws("sqs").list_queue_tags(QueueUrl=_queue_url(aws, name)).get("Tags", {}))


def _topic_arn(aws: Aws, name: str) -> str | None:
    for topic in pages(aws("sns"), "list_topics", "Topics"):
        if topic["TopicArn"].rpartition(":")[2] == name:
            return str(topic["TopicArn"])
    return None


def _delete_topic(aws: Aws, name: str) -> None:
    sns = aws("sns")
    if arn := _topic_arn(aws, name):
        with if_there():
            for subscription in list(pages(sns, "list_subscriptions_by_topic", "Subscriptions", TopicArn=arn)):
                if subscription["SubscriptionArn"].startswith("arn:"):  # else it waits to be confirmed, and lapses
                    with if_there():
                        sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
            sns.delete_topic(TopicArn=arn)


def _topic_tags(aws: Aws, name: str) -> Tags:
    return flat(aws("sns").list_tags_for_resource(ResourceArn=_topic_arn(aws, name))["Tags"])


def _stream_born(aws: Aws, name: str) -> float:
    summary = aws("kinesis").describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
    return float(summary["StreamCreationTimestamp"].timestamp())


TOPIC = Kind("topic", "sns", is_there(_topic_arn), _delete_topic, _topic_tags)
QUEUE = Kind("queue", "sqs", is_there(_queue_url), _delete_queue, _queue_tags)
STREAM = Kind(
    "stream",
    "kinesis",
    answers("kinesis", "describe_stream_summary", "StreamName"),
    deleted_by("kinesis", "delete_stream", "StreamName", EnforceConsumerDeletion=True),
    lambda aws, name: flat(aws("kinesis").list_tags_for_stream(StreamName=name)["Tags"]),
    born=_stream_born,
    cost="every hour that it exists",
)
