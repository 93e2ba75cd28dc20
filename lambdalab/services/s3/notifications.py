"""Event notifications of Amazon S3: changes to objects go to functions, queues, topics and EventBridge.

    PutObject ─▶ moto's bucket ─▶ 200
                      └─▶ which rule matches this event and key? ─▶ Lambda's queue · SQS · SNS · EventBridge

An event is sent once the request is answered and the object complete. Nobody waits for it: if a function is gone, or a
permission was removed, events are lost without a word. (S3 delivers at least once, and may deliver twice or late; the
lab does it once and at once.)
https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html

Not in the lab: what S3 does on its own later. Objects do not expire (LifecycleExpiration), move to another storage
class or replicate.
"""

from __future__ import annotations

import contextlib
import json
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from lambdalab.delivery import destinations
from lambdalab.delivery.invocation import NoSuchFunction
from lambdalab.delivery.records import Message
from lambdalab.delivery.service_invocation import NotAllowed
from lambdalab.endpoint import request_context as requests

from . import backend, payloads
from .notification_configuration import Refused, configuration, requested

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.services.parts import LabParts

    from .backend import Account, Response, StoredBucket, StoredObject

SERVICE = "s3.amazonaws.com"
_SUBJECT = "Amazon S3 Notification"

_waiting: ContextVar[list[payloads.Change] | None] = ContextVar("s3_events", default=None)
"""The events of the request that is being answered."""


class Notifications:
    """Those of all buckets of a lab."""

    def __init__(self, lab: LabParts) -> None:
        self._lab = lab
        self._sequencers = payloads.Sequencers()
        self._deliveries = {"lambda": self._invoke}
        self._problems = {"lambda": self._problem_of_function}

    # Where events come from ------------------------------------------------------------------------------------

    def noted(self, original: Callable[..., None]) -> Callable[..., None]:
        """What moto would send; the request in progress keeps one event of it."""

        def send_event(account_id: str, event_name: Any, bucket: StoredBucket, key: StoredObject) -> None:
            name = backend.event_name(event_name)
            if name.startswith("ObjectRemoved:"):
                return  # `deleted` knows better
            self._note(name, bucket, key)

        return send_event

    def deleted(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """An object, a version or a delete marker is gone; or there is a marker now."""

        def delete_object(
            account: Account, bucket_name: str, key_name: str, version_id: str | None = None, bypass: bool = False
        ) -> Any:
            bucket = account.get_bucket(bucket_name)
            versions = bucket.keys.getlist(key_name, [])
            found = [key for key in versions if version_id is None or str(key.version_id) == str(version_id)]
            answer = original(account, bucket_name, key_name, version_id, bypass)
            if answer[0] and found:
                marked = bucket.is_versioned and version_id is None
                name = "ObjectRemoved:DeleteMarkerCreated" if marked else "ObjectRemoved:Delete"
                self._note(name, bucket, bucket.keys.getlist(key_name)[-1] if marked else found[-1], key_name)
            return answer

        return delete_object

    def answered(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """A request: its events are sent when it has succeeded."""

        def respond(response: Response, *args: Any) -> Any:
            token = _waiting.set([])
            try:
                try:
                    answer = original(response, *args)
                except Refused as refusal:
                    return refusal.answer()
                changes = [each for each in _waiting.get() or [] if _is_of(each, response.querystring)]
            finally:
                _waiting.reset(token)
            for change in changes:
                self._send(change)
            return answer

        return respond

    def _note(self, name: str, bucket: StoredBucket, key: StoredObject, key_name: str | None = None) -> None:
        """Something happened to an object."""
        if bucket.notification_configuration is None:
            return
        request = requests.current()
        user_id, account = backend.caller_identity(request.access_key_id, bucket)
        versioned = bucket.is_versioned and key.version_id not in (None, "null")
        gone = name.startswith("ObjectRemoved:")
        by_itself = name == "ObjectRestore:Completed"
        change = payloads.Change(
            name,
            bucket=bucket.name,
            account=bucket.account_id,
            region=bucket.region_name,
            key=key_name or key.name,
            time=self._lab.clock.time(),
            etag=payloads.OF_NOTHING if gone else key.etag.replace('"', ""),
            size=None if gone else key.size,
            version_id=str(key.version_id) if versioned else None,
            sequencer=self._sequencers.next(),
            request_id=request.id,
            user_id=user_id,
            requester=SERVICE if by_itself else account,
            address="" if by_itself else request.address,
            storage_class="" if gone else str(key.storage_class),
            restored_until=backend.restored_until(key) if by_itself else None,
        )
        waiting = _waiting.get()
        if waiting is None:  # not a request: the lab itself put the object there
            self._send(change)
        else:
            waiting.append(change)

    # Where they go ---------------------------------------------------------------------------------------------

    def _send(self, change: payloads.Change) -> None:
        """To the destinations in the bucket's configuration. What does not arrive is lost, and nobody is notified."""
        bucket = backend.owned_bucket(change.bucket, change.account)
        if bucket is None:
            return
        configured = configuration(bucket)
        for rule in configured.rules:
            if rule.matches(change.name, change.key):
                deliver = self._deliveries.get(destinations.service_of(rule.arn), self._post_if_allowed)
                deliver(rule.arn, change, payloads.notification(change, rule.id))
        if configured.event_bridge:
            self._lab.service_events.send(
                source="aws.s3",
                detail_type=payloads.detail_type(change),
                detail=payloads.detail(change),
                resources=[change.bucket_arn],
                account=change.account,
                region=change.region,
                now=change.time,
            )

    def _invoke(self, arn: str, change: payloads.Change, event: dict[str, Any]) -> None:
        with contextlib.suppress(NotAllowed, NoSuchFunction):
            self._lab.service_invocation.invoke_asynchronously(
                SERVICE,
                arn,
                event,
                source_arn=change.bucket_arn,
                account=change.account,
                trace=requests.current().trace,
            )

    def _post_if_allowed(self, arn: str, change: payloads.Change, event: dict[str, Any]) -> None:
        if not self._problem(arn, change.bucket_arn, change.account):
            self._post(arn, change.account, event)

    def _post(self, arn: str, account: str, event: dict[str, Any]) -> None:
        """To a queue or a topic."""
        message = Message(json.dumps(event, separators=(",", ":")), subject=_SUBJECT)
        with contextlib.suppress(destinations.CannotDeliver):
            destinations.of(arn).send(arn, message, destinations.Sender(account, self._lab.queue))

    # Where they go, configured ---------------------------------------------------------------------------------

    def configured(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Each destination is validated, unless the caller asked S3 not to."""

        def put(account: Account, bucket_name: str, notification_config: dict[str, Any]) -> Any:
            bucket = account.get_bucket(bucket_name)
            if not notification_config.get("SkipDestinationValidation"):
                refused = [
                    (rule.arn, problem)
                    for rule in requested(notification_config).rules
                    if (problem := self._problem(rule.arn, bucket.arn, bucket.account_id))
                ]
                if refused:
                    raise Refused("Unable to validate the following destination configurations", *refused)
            return original(account, bucket_name, notification_config)

        return put

    def tested(self, original: Callable[..., None]) -> Callable[..., None]:
        """Queues and topics get a message when they are configured; functions do not."""

        def send_test_event(account_id: str, bucket: StoredBucket) -> None:
            for arn in dict.fromkeys(rule.arn for rule in configuration(bucket).rules):
                if destinations.service_of(arn) in self._deliveries or self._problem(arn, bucket.arn, account_id):
                    continue
                event = payloads.configured(bucket.name, requests.current().id, self._lab.clock.time())
                self._post(arn, account_id, event)

        return send_test_event

    def _problem(self, arn: str, bucket_arn: str, account: str) -> str:
        """Why S3 cannot deliver to a destination, in S3's words; empty if it can."""
        return self._problems.get(destinations.service_of(arn), self._problem_of_policy)(arn, bucket_arn, account)

    def _problem_of_function(self, arn: str, bucket_arn: str, account: str) -> str:
        if self._lab.service_invocation.may_invoke(SERVICE, arn, source_arn=bucket_arn, account=account):
            return ""
        return f"Not authorized to invoke function [{arn}]"

    def _problem_of_policy(self, arn: str, bucket_arn: str, account: str) -> str:
        """Of a queue or a topic."""
        destination = destinations.of(arn)
        if not destination.exists(arn, account):
            return f"The destination {destination.KIND} does not exist"
        needed = destination.required_access(arn)
        if arn.endswith(".fifo") or not self._lab.enforcement.service_may(
            SERVICE, needed.action, needed.resource, bucket_arn, account
        ):
            return (
                f"Permissions on the destination {destination.KIND} do not allow S3 to publish notifications from this "
                "bucket"
            )
        return ""


def _is_of(change: payloads.Change, query: dict[str, Any]) -> bool:
    """Whether this is what the request was for: moto tags each object that it puts, and puts what it assembles."""
    if change.name.startswith("ObjectTagging:"):
        return "tagging" in query
    return not ("uploadId" in query and change.name in ("ObjectCreated:Put", "ObjectCreated:Post"))
