"""What an ARN is the ARN of, as far as the course creates such things."""

from __future__ import annotations

from .kinds import KINDS
from .ledger import Key

_BY_TYPE = {  # service → the word that begins the ARN's last part → kind
    "lambda": {"function": "function", "layer": "layer", "event-source-mapping": "mapping"},
    "iam": {"role": "role", "user": "user", "group": "group", "policy": "policy"},
    "logs": {"log-group": "log-group"},
    "dynamodb": {"table": "table"},
    "kinesis": {"stream": "stream"},
    "ssm": {"parameter": "parameter"},
    "secretsmanager": {"secret": "secret"},
    "events": {"rule": "rule", "event-bus": "bus"},
    "scheduler": {"schedule": "schedule", "schedule-group": "schedule-group"},
    "cloudwatch": {"alarm": "alarm"},
    "states": {"stateMachine": "state-machine"},
    "cloudformation": {"stack": "stack"},
}


def key_of(arn: str) -> Key | None:
    """The thing that has this ARN; None if it is none that the course creates."""
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":
        return None
    _, _, service, region, account, rest = parts
    kind, name = _split(service, rest)
    if kind is None or not name:
        return None
    if service == "iam" and not account.isdigit():  # AWS's own policies
        return None
    return Key(kind, name, "" if KINDS[kind].everywhere else region)


def _split(service: str, rest: str) -> tuple[str | None, str]:
    match service:
        case "s3":
            return "bucket", rest.partition("/")[0]
        case "sqs":
            return "queue", rest
        case "sns":
            return "topic", rest.partition(":")[0]
        case "apigateway":
            root, _, name = rest.strip("/").partition("/")
            return {"restapis": "rest-api", "apis": "http-api"}.get(root), name.partition("/")[0]
    # "function:NAME:1", "role/path/NAME", "stack/NAME/id", "log-group:NAME:*"
    at = min((position for mark in ":/" if (position := rest.find(mark)) >= 0), default=len(rest))
    kind, name = _BY_TYPE.get(service, {}).get(rest[:at]), rest[at + 1 :]
    match kind:
        case "function" | "layer":
            name = name.partition(":")[0]
        case "role" | "user" | "group" | "policy":
            name = name.rpartition("/")[2]
        case "log-group":
            name = name.removesuffix(":*")
        case "table" | "stream" | "stack":
            name = name.partition("/")[0]
        case "parameter":
            name = f"/{name}" if "/" in name else name
        case "secret":
            name = name.rpartition("-")[0]  # AWS adds a hyphen and six letters
        case "rule" | "schedule":
            name = name if "/" in name else f"default/{name}"
    return kind, name
