"""What an ARN is the ARN of. Names that somebody chose are shown; ids that AWS made up are not."""

from __future__ import annotations

from .model import FUNCTION, Thing

_KINDS = {
    "sqs": "SQS queue",
    "sns": "SNS topic",
    "s3": "S3 bucket",
    "kinesis": "Kinesis stream",
    "dynamodb": "DynamoDB table",
    "states": "state machine",
    "firehose": "Firehose stream",
    "events": "event bus",
    "logs": "log group",
}


def end(arn: str) -> tuple[Thing, str]:
    """The thing that has this ARN, and which version or alias of it is meant: "" if none."""
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":
        return Thing(arn, "", arn), ""
    service, rest = parts[2], parts[5]
    kind = _KINDS.get(service, service)
    match service:
        case "lambda":
            name, _, qualifier = rest.removeprefix("function:").partition(":")
            whole = ":".join([*parts[:5], "function", name])
            return Thing(whole, FUNCTION, name), "" if qualifier == "$LATEST" else qualifier
        case "dynamodb":
            table = rest.partition("/stream/")[0]
            return Thing(":".join([*parts[:5], table]), kind, table.removeprefix("table/")), ""
        case "kinesis":
            stream = rest.partition("/consumer/")[0]
            return Thing(":".join([*parts[:5], stream]), kind, stream.removeprefix("stream/")), ""
        case "logs":
            name = rest.removeprefix("log-group:").removesuffix(":*")
            return Thing(":".join([*parts[:5], f"log-group:{name}"]), kind, name), ""
        case "events" | "firehose":
            return Thing(arn, kind, rest.rpartition("/")[2]), ""
        case "states":
            return Thing(arn, kind, rest.rpartition(":")[2]), ""
    return Thing(arn, kind, rest), ""
