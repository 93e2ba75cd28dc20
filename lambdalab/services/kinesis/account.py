"""Streams in a real account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.account_resources import (
    Creation,
    Kind,
    NameIn,
    ServiceResources,
    after_last,
    answers,
    by_type,
    deleted_by,
    flat,
    parameter,
    until,
)

if TYPE_CHECKING:
    from lambdalab.account_resources import Aws


def _created(aws: Aws, name: str) -> float:
    summary = aws("kinesis").describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
    return float(summary["StreamCreationTimestamp"].timestamp())


ACCOUNT = ServiceResources(
    "kinesis",
    kinds=(
        Kind(
            "stream",
            exists=answers("kinesis", "describe_stream_summary", "StreamName"),
            delete=deleted_by("kinesis", "delete_stream", "StreamName", EnforceConsumerDeletion=True),
            order=42,
            tags=lambda aws, name: flat(aws("kinesis").list_tags_for_stream(StreamName=name)["Tags"]),
            created=_created,
            cost="every hour that it exists",
        ),
    ),
    creations={"CreateStream": Creation("stream", parameter("StreamName"), tags=("Tags", "map"))},
    deletions={"DeleteStream": "stream"},
    names=(NameIn("StreamName", "stream"), NameIn("StreamARN", "stream", after_last("/"))),
    of_arn=by_type({"stream": ("stream", until("/"))}),
)
