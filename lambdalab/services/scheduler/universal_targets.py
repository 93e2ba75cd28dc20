"""Universal targets of EventBridge Scheduler: a call of an API, with its parameters as input.

On AWS these are most calls of most services; the lab knows the five that a course on Lambda needs.
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from lambdalab.delivery.asynchronous import qualified
from lambdalab.delivery.invocation import NoSuchFunction
from lambdalab.services.events import payloads
from lambdalab.services.events.targets import Undeliverable, check

if TYPE_CHECKING:
    from lambdalab.services.events.targets import May, Targets
    from lambdalab.services.parts import LabParts

PREFIX = "arn:aws:scheduler:::aws-sdk:"
CALLS = tuple(
    PREFIX + call
    for call in ("lambda:invoke", "sqs:sendMessage", "sns:publish", "eventbridge:putEvents", "kinesis:putRecord")
)


def call(lab: LabParts, targets: Targets, arn: str, said: str, may: May, region: str, account: str) -> None:
    """Make the call. Undeliverable."""
    parameters = document(said)
    here = f"{region}:{account}"
    try:
        name = arn.removeprefix(PREFIX)
        if name == "lambda:invoke":
            _invoke(lab, targets, parameters, may, here)
        elif name == "sqs:sendMessage":
            queue = parameters["QueueUrl"].rstrip("/").rpartition("/")[2]
            target = {"Arn": f"arn:aws:sqs:{here}:{queue}", "SqsParameters": parameters}
            targets.send(target, parameters["MessageBody"], {}, may)
        elif name == "sns:publish":
            targets.send({"Arn": parameters["TopicArn"]}, parameters["Message"], {}, may)
        elif name == "kinesis:putRecord":
            stream = parameters.get("StreamARN") or f"arn:aws:kinesis:{here}:stream/{parameters['StreamName']}"
            targets.send({"Arn": stream, "KinesisParameters": parameters}, parameters["Data"], {}, may)
        else:
            for entry in parameters["Entries"]:
                bus = entry.get("EventBusName") or "default"
                event = payloads.event(
                    source=entry["Source"],
                    detail_type=entry["DetailType"],
                    detail=document(entry["Detail"]),
                    account=account,
                    region=region,
                    time=lab.clock.time(),
                    resources=entry.get("Resources") or (),
                )
                bus_arn = bus if bus.startswith("arn:") else f"arn:aws:events:{here}:event-bus/{bus}"
                targets.to_bus(bus_arn, event, may)
    except KeyError as missing:
        raise Undeliverable("ValidationException", f"The input has no {missing.args[0]}.") from None


def _invoke(lab: LabParts, targets: Targets, parameters: dict[str, Any], may: May, here: str) -> None:
    name = parameters["FunctionName"]
    arn = name if name.startswith("arn:") else f"arn:aws:lambda:{here}:function:{name}"
    if parameters.get("Qualifier"):
        arn = f"{arn}:{parameters['Qualifier']}"
    payload = parameters.get("Payload", "")
    body = payload if isinstance(payload, str) else text(payload)
    if parameters.get("InvocationType") == "Event":
        targets.send({"Arn": arn}, body or "{}", {}, may)
        return
    check(may, "lambda:InvokeFunction", arn)
    try:
        lab.functions.invoke(qualified(arn), (body or "{}").encode(), str(uuid.uuid4()))
    except NoSuchFunction:
        raise Undeliverable("NO_RESOURCE", f"Function not found: {arn}") from None


def document(said: str) -> dict[str, Any]:
    """The parameters of a call, or the detail of an event."""
    try:
        found = json.loads(said)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Undeliverable("ValidationException", "The input must be a JSON object.")
    return found


def text(made: Any) -> str:
    """JSON without spaces."""
    return json.dumps(made, separators=(",", ":"), ensure_ascii=False)
