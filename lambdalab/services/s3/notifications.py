"""Amazon S3: what happens to objects, told to functions, queues, topics and EventBridge.

    PutObject ─▶ moto's bucket ─▶ 200
                      └─▶ which rule wants this event, for this key? ─▶ Lambda's queue · SQS · SNS · EventBridge

An event leaves when the request is answered, and the object whole. Nobody waits for it: a function that is gone, a
permission that was taken away, lose events in silence. (S3 delivers at least once, and may deliver twice or late; the
lab does it once and at once.)
https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html

Not here: what S3 does by itself later. Objects do not expire (LifecycleExpiration), move to another storage class
or replicate in the lab.
"""

from __future__ import annotations

import contextlib
import json
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from lambdalab.delivery import destinations
from lambdalab.delivery.invocation import NoSuchFunction
from lambdalab.delivery.service_invocation import NotAllowed
from lambdalab.endpoint import request_context as requests
from lambdalab.moto_patches import Patch

from . import payloads
from .notification_configuration import Refused, configuration, described, from_body

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.moto_patches import Change
    from lambdalab.services.parts import LabParts

SERVICE = "s3.amazonaws.com"
_SUBJECT = "Amazon S3 Notification"
_FIRES_ITSELF = "moto sends events itself: in the caller's thread, before the object is whole, some twice, some not"

_waiting: ContextVar[list[payloads.Change] | None] = ContextVar("s3_events", default=None)
"""The events of the request that is being answered."""


def patches(lab: LabParts) -> tuple[Change, ...]:
    """Where events come from, and the operations that say where they go."""
    s3 = _S3(lab)
    response = ("moto.s3.responses", "S3Response")
    return (
        Patch(
            "moto.s3",
            "notifications",
            "send_event",
            ("account_id", "event_name", "bucket", "key"),
            s3.noted,
            _FIRES_ITSELF,
        ),
        Patch("moto.s3", "notifications", "send_test_event", ("account_id", "bucket"), s3.tested, _FIRES_ITSELF),
        Patch(
            "moto.s3.models",
            "S3Backend",
            "delete_object",
            ("self", "bucket_name", "key_name", "version_id", "bypass"),
            s3.deleted,
            "moto has no event for a delete marker, nor for a version that was not the last",
        ),
        Patch(*response, "_bucket_response", ("self", "request", "full_url"), s3.answered, _FIRES_ITSELF),
        Patch(*response, "_key_response", ("self", "request", "full_url"), s3.answered, _FIRES_ITSELF),
        Patch(
            *response,
            "_notification_config_from_body",
            ("self",),
            lambda original: from_body,
            "moto checks little of a configuration, and answers 500 to what it does not expect",
        ),
        Patch(
            "moto.s3.models",
            "S3Backend",
            "put_bucket_notification_configuration",
            ("self", "bucket_name", "notification_config"),
            s3.configured,
            "moto accepts every destination, whether S3 may reach it or not",
        ),
        Patch(
            *response,
            "get_bucket_notification",
            ("self",),
            lambda original: _get_notification,
            "moto forgets EventBridge, and answers with empty lists",
        ),
    )


class _S3:
    """What S3 does in a lab."""

    def __init__(self, lab: LabParts) -> None:
        self._lab = lab
        self._sequencers = payloads.Sequencers()

    # Where events come from ------------------------------------------------------------------------------------

    def noted(self, original: Callable[..., None]) -> Callable[..., None]:
        """What moto would send, if it is what one request makes one event of."""

        def send_event(account_id: str, event_name: Any, bucket: Any, key: Any) -> None:
            name = str(getattr(event_name, "value", event_name)).removeprefix("s3:")
            if name.startswith("ObjectRemoved:"):
                return  # `deleted` knows better
            self._note(name, bucket, key)

        return send_event

    def deleted(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """An object, a version or a delete marker is gone; or there is a marker now."""

        def delete_object(
            backend: Any, bucket_name: str, key_name: str, version_id: str | None = None, bypass: bool = False
        ) -> Any:
            bucket = backend.get_bucket(bucket_name)
            versions = bucket.keys.getlist(key_name, [])
            found = [key for key in versions if version_id is None or str(key.version_id) == str(version_id)]
            answer = original(backend, bucket_name, key_name, version_id, bypass)
            if answer[0] and found:
                marked = bucket.is_versioned and version_id is None
                name = "ObjectRemoved:DeleteMarkerCreated" if marked else "ObjectRemoved:Delete"
                self._note(name, bucket, bucket.keys.getlist(key_name)[-1] if marked else found[-1], key_name)
            return answer

        return delete_object

    def answered(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """A request: its events leave when it has succeeded."""

        def respond(response: Any, *args: Any) -> Any:
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

    def _note(self, name: str, bucket: Any, key: Any, key_name: str | None = None) -> None:
        """Something happened to an object."""
        if bucket.notification_configuration is None:
            return
        request = requests.current()
        user_id, account = _sender(request.access_key_id, bucket)
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
            restored_until=key._expiry.timestamp() if by_itself and key._expiry else None,
        )
        waiting = _waiting.get()
        if waiting is None:  # not a request: the lab itself put the object there
            self._send(change)
        else:
            waiting.append(change)

    # Where they go ---------------------------------------------------------------------------------------------

    def _send(self, change: payloads.Change) -> None:
        """To whom the bucket's configuration names. Nobody is told of what does not arrive."""
        from moto.s3.models import s3_backends

        bucket = s3_backends[change.account]["aws"].buckets.get(change.bucket)
        if bucket is None:
            return
        wanted = configuration(bucket)
        for rule in wanted.rules:
            if rule.wants(change.name, change.key):
                self._deliver(rule.arn, change, payloads.notification(change, rule.id))
        if wanted.event_bridge:
            self._lab.service_events.send(
                source="aws.s3",
                detail_type=payloads.detail_type(change),
                detail=payloads.detail(change),
                resources=[change.bucket_arn],
                account=change.account,
                region=change.region,
                now=change.time,
            )

    def _deliver(self, arn: str, change: payloads.Change, event: dict[str, Any]) -> None:
        service = destinations.service_of(arn)
        if service == "lambda":
            with contextlib.suppress(NotAllowed, NoSuchFunction):
                self._lab.delivery.push(
                    SERVICE,
                    arn,
                    event,
                    source_arn=change.bucket_arn,
                    account=change.account,
                    trace=requests.current().trace,
                )
        elif not self._refused(arn, change.bucket_arn, change.account):
            _post(arn, event)

    # Where they go, configured ---------------------------------------------------------------------------------

    def configured(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Each destination is tried, unless the caller asked S3 not to."""

        def put(backend: Any, bucket_name: str, notification_config: dict[str, Any]) -> Any:
            bucket = backend.get_bucket(bucket_name)
            if not notification_config.get("SkipDestinationValidation"):
                refused = [
                    (rule.arn, problem)
                    for rule in configuration(notification_config).rules
                    if (problem := self._refused(rule.arn, bucket.arn, bucket.account_id))
                ]
                if refused:
                    raise Refused("Unable to validate the following destination configurations", *refused)
            return original(backend, bucket_name, notification_config)

        return put

    def tested(self, original: Callable[..., None]) -> Callable[..., None]:
        """Queues and topics get a message when they are configured."""

        def send_test_event(account_id: str, bucket: Any) -> None:
            for arn in dict.fromkeys(rule.arn for rule in configuration(bucket).rules):
                if destinations.service_of(arn) == "lambda" or self._refused(arn, bucket.arn, account_id):
                    continue
                _post(arn, payloads.configured(bucket.name, requests.current().id, self._lab.clock.time()))

        return send_test_event

    def _refused(self, arn: str, bucket_arn: str, account: str) -> str:
        """Why S3 cannot deliver there, in its own words; empty if it can."""
        service = destinations.service_of(arn)
        if service == "lambda":
            if self._lab.delivery.allowed(SERVICE, arn, source_arn=bucket_arn, account=account):
                return ""
            return f"Not authorized to invoke function [{arn}]"
        kind, action = {"sqs": ("queue", "sqs:SendMessage"), "sns": ("topic", "sns:Publish")}[service]
        if not destinations.exists(arn, account):
            return f"The destination {kind} does not exist"
        if arn.endswith(".fifo") or not self._lab.enforcement.service_may(SERVICE, action, arn, bucket_arn, account):
            return f"Permissions on the destination {kind} do not allow S3 to publish notifications from this bucket"
        return ""


def _is_of(change: payloads.Change, query: dict[str, Any]) -> bool:
    """Whether this is what the request was about: moto tags each object that it puts, and puts what it assembles."""
    if change.name.startswith("ObjectTagging:"):
        return "tagging" in query
    return not ("uploadId" in query and change.name in ("ObjectCreated:Put", "ObjectCreated:Post"))


def _sender(access_key_id: str, bucket: Any) -> tuple[str, str]:
    """The user id and the account of who made a request; of the lab itself, the bucket's owner."""
    from moto.sts.models import sts_backends

    backend = sts_backends[bucket.account_id]["aws"]
    user_id, _, account = backend.get_caller_identity(access_key_id, bucket.region_name)
    return user_id, account


def _post(arn: str, event: dict[str, Any]) -> None:
    """To a queue or a topic."""
    _, _, service, region, account, name = arn.split(":", 5)
    body = json.dumps(event, separators=(",", ":"))
    if service == "sqs":
        from moto.sqs.models import sqs_backends

        sqs_backends[account][region].send_message(name, body)
    else:
        from moto.sns.models import sns_backends

        sns_backends[account][region].publish(body, arn, subject=_SUBJECT)


def _get_notification(response: Any) -> Any:
    """GetBucketNotificationConfiguration."""
    from moto.core.responses import ActionResult, EmptyResult

    stored = response.backend.get_bucket_notification_configuration(response.bucket_name)
    response.data["Action"] = "GetBucketNotificationConfiguration"
    return response.serialized(ActionResult(described(stored)) if stored else EmptyResult())
