"""A bucket's notification configuration: PutBucketNotificationConfiguration, checked as S3 does.

moto keeps it, in a form of its own; `Rule` is one destination with its events and its filter.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
"""

from __future__ import annotations

import base64
import itertools
import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.parsers.expat import ExpatError
from xml.sax.saxutils import escape

import xmltodict

from . import backend
from .payloads import decoded

if TYPE_CHECKING:
    from .backend import Response, StoredBucket, StoredConfiguration

_KINDS = (
    # The element in the request; the member in it, and its service; the member of the answer, and that of its ARN.
    ("TopicConfiguration", "Topic", "sns", "TopicConfigurations", "TopicArn"),
    ("QueueConfiguration", "Queue", "sqs", "QueueConfigurations", "QueueArn"),
    ("CloudFunctionConfiguration", "CloudFunction", "lambda", "LambdaFunctionConfigurations", "LambdaFunctionArn"),
)
_ARN = re.compile(r"arn:[\w-]+:([\w-]+):[\w-]*:\d*:.+")
_LONGEST_FILTER = 1024


class Refused(Exception):
    """S3 rejects a configuration: InvalidArgument, with the arguments that it names."""

    def __init__(self, message: str, *arguments: tuple[str, str]) -> None:
        super().__init__(message)
        self._arguments = arguments
        self._numbered = message.startswith("Unable to validate")

    def answer(self) -> tuple[int, dict[str, str], str]:
        """The response. If a configuration's destinations cannot be validated, arguments are numbered."""
        text = f"<Code>InvalidArgument</Code><Message>{escape(str(self))}</Message>"
        for number, (name, value) in enumerate(self._arguments, 1):
            which = number if self._numbered else ""
            text += f"<ArgumentName{which}>{escape(name)}</ArgumentName{which}>"
            text += f"<ArgumentValue{which}>{escape(value)}</ArgumentValue{which}>"
        return 400, {"content-type": "application/xml"}, f'<?xml version="1.0" encoding="UTF-8"?><Error>{text}</Error>'


@dataclass(frozen=True)
class Rule:
    """One destination."""

    id: str
    arn: str
    events: tuple[str, ...]
    prefix: str = ""
    suffix: str = ""

    def matches(self, event: str, key: str) -> bool:
        """Whether an event ("ObjectCreated:Put") for this key is sent there."""
        kind = event.partition(":")[0]
        named = f"s3:{event}" in self.events or f"s3:{kind}:*" in self.events
        return named and key.startswith(self.prefix) and key.endswith(self.suffix)

    def overlaps(self, other: Rule) -> bool:
        """Whether there could be an event that matches both."""
        return (
            any(_same_event(one, two) for one in self.events for two in other.events)
            and (self.prefix.startswith(other.prefix) or other.prefix.startswith(self.prefix))
            and (self.suffix.endswith(other.suffix) or other.suffix.endswith(self.suffix))
        )


@dataclass(frozen=True)
class Configuration:
    """Where a bucket's events go."""

    rules: tuple[Rule, ...] = ()
    event_bridge: bool = False


def requested(given: dict[str, Any]) -> Configuration:
    """The configuration in a request."""
    rules = (
        _rule(each.get("Id", ""), each[name], each["Event"], each.get("Filter"))
        for element, name, *_ in _KINDS
        for each in given.get(element) or []
    )
    return Configuration(tuple(rules), "EventBridgeConfiguration" in given)


def configuration(bucket: StoredBucket) -> Configuration:
    """The configuration of a bucket."""
    stored = bucket.notification_configuration
    if stored is None:
        return Configuration()
    kept = (*stored.topic, *stored.queue, *stored.cloud_function)
    rules = (_rule(each.id, each.arn, each.events, each.filters) for each in kept)
    return Configuration(tuple(rules), stored.event_bridge is not None)


def get(response: Response) -> Any:
    """GetBucketNotificationConfiguration."""
    stored = response.backend.get_bucket_notification_configuration(response.bucket_name)
    return backend.answer(response, "GetBucketNotificationConfiguration", _described(stored) if stored else None)


def _described(stored: StoredConfiguration) -> dict[str, Any]:
    """What is not configured is left out."""
    answer: dict[str, Any] = {}
    for (_, _, _, member, arn), kept in zip(_KINDS, (stored.topic, stored.queue, stored.cloud_function), strict=True):
        entries = []
        for each in kept:
            entry: dict[str, Any] = {"Id": each.id, arn: each.arn, "Events": each.events}
            if each.filters:
                entry["Filter"] = {"Key": {"FilterRules": each.filters["S3Key"]["FilterRule"]}}
            entries.append(entry)
        if entries:
            answer[member] = entries
    if stored.event_bridge is not None:
        answer["EventBridgeConfiguration"] = {}
    return answer


def from_body(response: Response) -> dict[str, Any]:
    """The configuration in a request, checked on its own; whether S3 can deliver to its destinations comes later."""
    try:
        document = xmltodict.parse(response.body)["NotificationConfiguration"] or {}
    except (ExpatError, KeyError, ValueError):
        raise backend.malformed_xml() from None
    if not isinstance(document, dict):
        raise backend.malformed_xml()
    found: dict[str, Any] = {}
    for element, name, service, *_ in _KINDS:
        for each in _list(document[element]) if element in document else []:
            if not isinstance(each, dict) or not each.get(name) or not each.get("Event"):
                raise backend.malformed_xml()
            found.setdefault(element, []).append(_checked(each, name, service))
    if "EventBridgeConfiguration" in document:
        found["EventBridgeConfiguration"] = {}
    _check_together(found)
    if str(response.headers.get("x-amz-skip-destination-validation", "")).lower() == "true":
        found["SkipDestinationValidation"] = True
    return found


def _checked(given: dict[str, Any], name: str, service: str) -> dict[str, Any]:
    """One destination, in the form that moto keeps."""
    arn = str(given[name])
    match = _ARN.fullmatch(arn)
    if not match:
        raise Refused("The ARN could not be parsed", (name, arn))
    if match[1] != service:
        raise Refused("The ARN is not well formed", (name, arn))
    events = [str(each) for each in _list(given["Event"])]
    for event in events:
        if event not in backend.known_events():
            raise Refused("The event is not supported for notifications", ("Event", event))
    # S3 makes an id of its own where none is given.
    checked = {
        "Id": given.get("Id") or base64.b64encode(uuid.uuid4().hex.encode()).decode(),
        name: arn,
        "Event": events,
    }
    filter_rules = _list(((given.get("Filter") or {}).get("S3Key") or {}).get("FilterRule") or [])
    if filter_rules:
        checked["Filter"] = {"S3Key": {"FilterRule": _checked_filter(filter_rules)}}
    return checked


def _checked_filter(given: list[Any]) -> list[dict[str, str]]:
    rules: list[dict[str, str]] = []
    for each in given:
        name, value = str(each.get("Name") or ""), str(each.get("Value") or "")
        kind = name.capitalize()
        if kind not in ("Prefix", "Suffix"):
            raise Refused("filter rule name must be either prefix or suffix", ("FilterRule.Name", name))
        if any(rule["Name"] == kind for rule in rules):
            which = f"Cannot specify more than one {kind.lower()} rule in a filter."
            raise Refused(which, ("FilterRule.Name", kind.lower()))
        if len(value.encode()) > _LONGEST_FILTER:
            raise Refused("Size of filter rule value cannot exceed 1024 bytes in UTF-8", ("FilterRule.Value", value))
        rules.append({"Name": kind, "Value": value})
    return rules


def _check_together(given: dict[str, Any]) -> None:
    """No id twice, and no event that goes to two destinations."""
    rules = requested(given).rules
    if len({rule.id for rule in rules}) < len(rules):
        raise Refused("Same ID used for multiple configurations. IDs must be unique")
    for one, other in itertools.combinations(rules, 2):
        if not one.overlaps(other):
            continue
        if not any((one.prefix, one.suffix, other.prefix, other.suffix)):
            raise Refused("Configurations overlap. Configurations on the same bucket cannot share a common event type.")
        raise Refused(
            "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are "
            "overlapping for the same event type."
        )


def _rule(rule_id: str, arn: str, events: list[str], filters: Any) -> Rule:
    values = {
        each["Name"].lower(): decoded(each["Value"])
        for each in ((filters or {}).get("S3Key") or {}).get("FilterRule", [])
    }
    return Rule(rule_id, arn, tuple(events), values.get("prefix", ""), values.get("suffix", ""))


def _same_event(one: str, two: str) -> bool:
    if one == two:
        return True
    wide, other = (one, two) if one.endswith(":*") else (two, one)
    return wide.endswith(":*") and other.startswith(wide[:-1])


def _list(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [given]
