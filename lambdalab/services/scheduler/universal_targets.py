"""Universal targets of EventBridge Scheduler: a call to an API, with its parameters as input.

On AWS these are most operations of most services; the lab knows the five that a course on Lambda needs.
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lambdalab.delivery import destinations
from lambdalab.delivery.invocation import NoSuchFunction
from lambdalab.services.events import payloads
from lambdalab.services.events.targets import Undeliverable, check

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.services.events.targets import May, Targets
    from lambdalab.services.parts import LabParts

PREFIX = "arn:aws:scheduler:::aws-sdk:"


class _Input(dict[str, Any]):
    """The parameters of a call. One that is missing is the caller's mistake."""

    def __missing__(self, name: str) -> Any:
        raise Undeliverable("ValidationException", f"The input has no {name}.")


class _Call:
    """One call to an API, about to be made."""

    def __init__(self, lab: LabParts, targets: Targets, text: str, may: May, region: str, account: str) -> None:
        self._lab = lab
        self._targets = targets
        self._input = _Input(document(text))
        self._may = may
        self._region = region
        self._account = account
        self._here = f"{region}:{account}"

    def invoke(self) -> None:
        """Lambda's Invoke."""
        name = str(self._input["FunctionName"])
        arn = name if name.startswith("arn:") else f"arn:aws:lambda:{self._here}:function:{name}"
        if self._input.get("Qualifier"):
            arn = f"{arn}:{self._input['Qualifier']}"
        payload = self._input.get("Payload", "")
        body = (payload if isinstance(payload, str) else text(payload)) or "{}"
        if self._input.get("InvocationType") == "Event":
            self._targets.send({"Arn": arn}, body, {}, self._may)
            return
        check(self._may, destinations.of(arn).required_access(arn))
        try:
            attempt = self._lab.service_invocation.invoke_with_role(arn, body.encode())
        except NoSuchFunction:
            raise Undeliverable("NO_RESOURCE", f"Function not found: {arn}") from None
        if attempt.status == 429:
            raise Undeliverable("TooManyRequestsException", "Rate Exceeded.", again=True)

    def send_message(self) -> None:
        """SQS's SendMessage."""
        queue = str(self._input["QueueUrl"]).rstrip("/").rpartition("/")[2]
        target = {"Arn": f"arn:aws:sqs:{self._here}:{queue}", "SqsParameters": self._input}
        self._targets.send(target, str(self._input["MessageBody"]), {}, self._may)

    def publish(self) -> None:
        """SNS's Publish."""
        self._targets.send({"Arn": str(self._input["TopicArn"])}, str(self._input["Message"]), {}, self._may)

    def put_record(self) -> None:
        """Kinesis's PutRecord."""
        arn = self._input.get("StreamARN") or f"arn:aws:kinesis:{self._here}:stream/{self._input['StreamName']}"
        target = {"Arn": arn, "KinesisParameters": self._input}
        self._targets.send(target, str(self._input["Data"]), {}, self._may)

    def put_events(self) -> None:
        """EventBridge's PutEvents."""
        for given in self._input["Entries"]:
            entry = _Input(given)
            bus = entry.get("EventBusName") or "default"
            event = payloads.event(
                source=entry["Source"],
                detail_type=entry["DetailType"],
                detail=document(entry["Detail"]),
                account=self._account,
                region=self._region,
                time=self._lab.clock.time(),
                resources=entry.get("Resources") or (),
            )
            bus_arn = bus if bus.startswith("arn:") else f"arn:aws:events:{self._here}:event-bus/{bus}"
            self._targets.to_bus(bus_arn, event, self._may)


_CALLS: dict[str, Callable[[_Call], None]] = {
    f"{PREFIX}lambda:invoke": _Call.invoke,
    f"{PREFIX}sqs:sendMessage": _Call.send_message,
    f"{PREFIX}sns:publish": _Call.publish,
    f"{PREFIX}eventbridge:putEvents": _Call.put_events,
    f"{PREFIX}kinesis:putRecord": _Call.put_record,
}
CALLS = tuple(_CALLS)


def call(lab: LabParts, targets: Targets, arn: str, text: str, may: May, region: str, account: str) -> None:
    """Make the call. Undeliverable."""
    _CALLS[arn](_Call(lab, targets, text, may, region, account))


def document(text: str) -> dict[str, Any]:
    """The parameters of a call, or the detail of an event."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Undeliverable("ValidationException", "The input must be a JSON object.")
    return found


def text(value: Any) -> str:
    """JSON without spaces."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
