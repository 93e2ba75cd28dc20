"""What hands events over and goes on: buckets, topics, rules, schedules, log groups; and what queues give up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import labels as words
from .arn_resources import end
from .model import Thing, Way
from .scope import pages

if TYPE_CHECKING:
    from .reading import Reading


def buckets(reading: Reading) -> None:
    """Buckets and their notifications."""
    for name in reading.names("bucket"):
        with reading.looking("s3", name):
            settings = reading.aws("s3").get_bucket_notification_configuration(Bucket=name)
            bucket = Thing(f"arn:aws:s3:::{name}", "S3 bucket", name)
            for kind, target in (
                ("LambdaFunctionConfigurations", "LambdaFunctionArn"),
                ("QueueConfigurations", "QueueArn"),
                ("TopicConfigurations", "TopicArn"),
            ):
                for each in settings.get(kind) or ():
                    reading.push(bucket, each[target], words.notification(each))
            if "EventBridgeConfiguration" in settings:
                reading.draft.arrow(bucket, reading.bus("default"), Way.ASYNCHRONOUS, ["all its events"])


def topics(reading: Reading) -> None:
    """Topics and their subscriptions."""
    client = reading.aws("sns")
    for name in reading.names("topic"):
        arn = reading.arn("sns", name)
        with reading.looking("sns", name):
            found = list(pages(client, "list_subscriptions_by_topic", "Subscriptions", TopicArn=arn))
            for each in sorted(found, key=lambda each: (each["Protocol"], each["Endpoint"])):
                topic, _ = end(arn)
                attributes: dict[str, str] = {}
                if each["SubscriptionArn"].startswith("arn:"):  # else "PendingConfirmation"
                    answer = client.get_subscription_attributes(SubscriptionArn=each["SubscriptionArn"])
                    attributes = answer["Attributes"]
                if each["Protocol"] in ("lambda", "sqs", "firehose"):
                    reading.push(topic, each["Endpoint"], words.subscription(attributes))
                else:
                    subscriber = Thing(f"{arn} {each['Endpoint']}", each["Protocol"], "subscriber")
                    reading.draft.arrow(topic, subscriber, Way.ASYNCHRONOUS, words.subscription(attributes))
                if dead := words.inside(attributes.get("RedrivePolicy"), "deadLetterTargetArn"):
                    reading.result(topic, dead, f"given up: {end(each['Endpoint'])[0].name}")


def rules(reading: Reading) -> None:
    """Rules: arrows from their bus, or from a rule of its own that only keeps a schedule."""
    client = reading.aws("events")
    for name in reading.names("rule"):
        bus, _, rule = name.rpartition("/")
        with reading.looking("events", name):
            settings = client.describe_rule(Name=rule, EventBusName=bus)
            if settings.get("ManagedBy"):
                continue  # a service's own: an archive has one, to keep what comes
            source = reading.bus(bus)
            if settings.get("ScheduleExpression") and not settings.get("EventPattern"):
                source = Thing(settings["Arn"], "EventBridge rule", rule)
            targets = client.list_targets_by_rule(Rule=rule, EventBusName=bus)["Targets"]
            for target in sorted(targets, key=lambda each: str(each["Id"])):
                said = list(words.rule(settings, target))
                reading.push(source, target["Arn"], said if source.kind == "event bus" else said[1:])
                reading.dead_letters(source, target, rule)


def schedules(reading: Reading) -> None:
    """EventBridge Scheduler's schedules."""
    for name in reading.names("schedule"):
        group, _, schedule = name.rpartition("/")
        with reading.looking("scheduler", name):
            settings = reading.aws("scheduler").get_schedule(Name=schedule, GroupName=group)
            source = Thing(f"schedule {name}", "schedule", schedule)
            reading.push(source, settings["Target"]["Arn"], words.schedule(settings))
            reading.dead_letters(source, settings["Target"], "")


def log_groups(reading: Reading) -> None:
    """Log groups and their subscription filters."""
    for name in reading.names("log-group"):
        with reading.looking("logs", name):
            found = reading.aws("logs").describe_subscription_filters(logGroupName=name)["subscriptionFilters"]
            for each in sorted(found, key=lambda each: str(each["filterName"])):
                group, _ = end(reading.arn("logs", f"log-group:{name}"))
                wanted = each.get("filterPattern")
                said = [f"filter {each['filterName']}", wanted if wanted else "every line"]
                reading.push(group, each["destinationArn"], said)


def queues(reading: Reading) -> None:
    """Queues that give messages up to another queue."""
    client = reading.aws("sqs")
    for name in reading.names("queue"):
        with reading.looking("sqs", name):
            url = client.get_queue_url(QueueName=name)["QueueUrl"]
            answer = client.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])
            policy = (answer.get("Attributes") or {}).get("RedrivePolicy")
            if dead := words.inside(policy, "deadLetterTargetArn"):
                queue, _ = end(reading.arn("sqs", name))
                most = words.inside(policy, "maxReceiveCount")
                reading.result(queue, dead, f"after {most} {'receive' if most == '1' else 'receives'}")
