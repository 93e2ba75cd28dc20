"""Sends messages where a service of AWS sends them: to queues, topics, event buses and buckets that moto keeps.

What is sent on behalf of a function is sent with its execution role: whether that may is asked before
(`lambdas/execution_role.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .records import Message


class CannotDeliver(Exception):
    """The destination is not there, or does not take messages of this kind."""


def service_of(arn: str) -> str:
    """ "sqs" of "arn:aws:sqs:…"; empty when it is no ARN."""
    parts = arn.split(":")
    return parts[2] if len(parts) > 5 and parts[0] == "arn" else ""


def exists(arn: str, account: str) -> bool:
    """Whether there is such a queue, topic, event bus, bucket or function. `account` owns the buckets."""
    _, _, service, region, owner, name = arn.split(":", 5)
    if service == "sqs":
        from moto.sqs.models import sqs_backends

        return name in sqs_backends[owner][region].queues
    if service == "sns":
        from moto.sns.models import sns_backends

        return arn in sns_backends[owner][region].topics
    if service == "events":
        from moto.events.models import events_backends

        return name.removeprefix("event-bus/") in events_backends[owner][region].event_buses
    if service == "s3":
        from moto.s3.models import s3_backends

        return name in s3_backends[account]["aws"].buckets
    if service == "lambda":
        from moto.awslambda.exceptions import UnknownFunctionException
        from moto.awslambda.models import lambda_backends

        try:
            lambda_backends[owner][region].get_function(*split_function(arn))
        except UnknownFunctionException:
            return False
        return True
    return False


def split_function(arn: str) -> tuple[str, str | None]:
    """Name and qualifier of a function's ARN."""
    parts = arn.split(":")
    return parts[6], parts[7] if len(parts) > 7 else None


def send_to_queue(arn: str, message: Message) -> None:
    """To a standard SQS queue."""
    from moto.sqs.models import sqs_backends

    _, _, _, region, account, name = arn.split(":", 5)
    if name.endswith(".fifo"):
        raise CannotDeliver("Lambda does not send to FIFO queues")
    sqs_backends[account][region].send_message(
        name,
        message.body,
        message_attributes={
            name: {"DataType": kind, "StringValue": value} for name, (kind, value) in message.attributes.items()
        },
    )


def publish(arn: str, message: Message) -> None:
    """To a standard SNS topic."""
    from moto.sns.models import sns_backends

    _, _, _, region, account, name = arn.split(":", 5)
    if name.endswith(".fifo"):
        raise CannotDeliver("Lambda does not publish to FIFO topics")
    if arn not in sns_backends[account][region].topics:
        raise CannotDeliver(f"there is no topic {name}")
    sns_backends[account][region].publish(
        message.body,
        arn,
        message_attributes={name: {"Type": kind, "Value": value} for name, (kind, value) in message.attributes.items()},
    )


def put_event(bus: str, *, source: str, detail_type: str, detail: str, resources: list[str]) -> None:
    """To an EventBridge event bus."""
    from moto.events.models import events_backends

    _, _, _, region, account, _ = bus.split(":", 5)
    entry = {
        "Source": source,
        "DetailType": detail_type,
        "Detail": detail,
        "Resources": resources,
        "EventBusName": bus,
    }
    [answer] = events_backends[account][region].put_events([entry])
    if "ErrorCode" in answer:
        raise CannotDeliver(f"{answer['ErrorCode']}: {answer['ErrorMessage']}")


def put_object(bucket: str, account: str, key: str, body: str) -> None:
    """Into an S3 bucket."""
    from moto.s3.models import s3_backends

    s3_backends[account]["aws"].put_object(bucket, key, body.encode())
