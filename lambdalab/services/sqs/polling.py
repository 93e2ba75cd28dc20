"""How Lambda reads from a queue for an event source mapping.

The wording of errors is AWS's where it is known. Not known: what it answers to settings of streams, and to a batch that
is too large for a FIFO queue.
https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lambdalab.authorization.access import Access
from lambdalab.delivery.polled import EventSource, InvalidParameterValue, Message, QueuePoller, SourceGone
from lambdalab.delivery.polled.stream_source import STREAM_SETTINGS
from lambdalab.event_patterns.mapping_filters import RecordFormat

from . import backend, payloads, queues

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lambdalab.delivery.polled import Consumer, Credentials, FunctionToCheck

_ACTIONS = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
_DEFAULTS = {"BatchSize": 10, "MaximumBatchingWindowInSeconds": 0, "FunctionResponseTypes": []}
_FIFO_BATCH = 10
_BATCH_WITHOUT_WINDOW = 10


class Queues(EventSource):
    """SQS as an event source."""

    defaults = _DEFAULTS
    record_format = RecordFormat(payload="body")

    def check_arn(self, arn: str) -> None:
        """Every queue is a source."""

    def check_start(self, arn: str, position: str | None, timestamp: float | None) -> None:
        """A queue is read from whatever is in it."""
        if position or timestamp is not None:
            raise InvalidParameterValue("StartingPosition is not valid for SQS event sources.")

    def check_settings(self, arn: str, settings: Mapping[str, Any]) -> None:
        """Nothing of streams; and batches that a FIFO queue, or a poll without a window, can fill."""
        for name in STREAM_SETTINGS:
            if name != "DestinationConfig" and settings.get(name) is not None:
                raise InvalidParameterValue(f"{name} is not valid for SQS event sources.")
        if settings.get("DestinationConfig"):
            raise InvalidParameterValue("Unsupported DestinationConfig parameter for given event source mapping type.")
        fifo, size, window = arn.endswith(".fifo"), settings["BatchSize"], settings["MaximumBatchingWindowInSeconds"]
        if fifo and window:
            raise InvalidParameterValue("Batching window is not supported for FIFO queues")
        if fifo and size > _FIFO_BATCH:
            raise InvalidParameterValue("Batch size must be less than or equal to 10 for FIFO queues")
        if size > _BATCH_WITHOUT_WINDOW and not window:
            raise InvalidParameterValue(
                "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
            )

    def check_access(self, arn: str, function: FunctionToCheck) -> None:
        """The role may read, the queue exists, and it hides messages for as long as the function may run."""
        for action in _ACTIONS:
            if not function.role_allows(Access(f"sqs:{action}", arn)):
                raise InvalidParameterValue(
                    f"The function execution role does not have permissions to call {action} on SQS"
                )
        queue = backend.find_queue(arn)
        if queue is None:
            raise InvalidParameterValue(
                "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS "
                "Error Message: The specified queue does not exist or you do not have access to it."
            )
        hidden_s = int(queue.visibility_timeout)
        if hidden_s < function.timeout_s:
            raise InvalidParameterValue(
                f"Queue visibility timeout: {hidden_s} seconds is less than Function timeout: {function.timeout_s} "
                "seconds"
            )

    def already_mapped(self, arn: str, function_name: str) -> str:
        """Other words than for streams."""
        return f'An event source mapping with SQS arn (" {arn} ") and function (" {function_name} ") already exists.'

    def status(self, last_result: str) -> dict[str, str]:
        """Without LastProcessingResult."""
        return {"StateTransitionReason": "USER_INITIATED"}

    def poller(self, consumer: Consumer) -> QueuePoller:
        """Reads the queue, with the function's role."""
        return QueuePoller(consumer, _PolledQueue(consumer))


SOURCE = Queues()


class _PolledQueue:
    """A queue, as a mapping reads it (`lambdalab.delivery.polled.Queue`)."""

    def __init__(self, consumer: Consumer) -> None:
        self._arn = consumer.source_arn
        self._clock = consumer.clock
        self._pollers = consumer.pollers
        self._may_receive = Access("sqs:ReceiveMessage", self._arn)
        self._may_delete = Access("sqs:DeleteMessage", self._arn)

    def next_visible(self) -> float | None:
        """When a message can be received next; 0 is now."""
        at = queues.next_visible(self._queue(), self._clock.time() * 1000)
        return None if at is None else at / 1000

    def receive(self, most: int, credentials: Credentials) -> Sequence[Message]:
        """As ReceiveMessage, but more than ten messages at once, if a batch is larger."""
        credentials.require(self._may_receive)
        queue = self._queue()
        with backend.extras(queue).lock:
            hidden_s, now_ms = int(queue.visibility_timeout), self._clock.time() * 1000
            found = queues.receive(self._pollers, queue, most, hidden_s, now_ms)
            return [_received(queue, message) for message in found]

    def delete(self, messages: Sequence[Message], credentials: Credentials) -> None:
        """As DeleteMessage."""
        credentials.require(self._may_delete)
        queues.delete(self._queue(), [message.receipt for message in messages])

    def _queue(self) -> backend.Queue:
        queue = backend.find_queue(self._arn)
        if queue is None:
            raise SourceGone(f"there is no queue {self._arn}")
        return queue


def _received(queue: backend.Queue, message: backend.Message) -> Message:
    attributes = {
        "ApproximateReceiveCount": str(message.approximate_receive_count),
        "SentTimestamp": str(message.sent_timestamp),
        "SenderId": message.sender_id,
        "ApproximateFirstReceiveTimestamp": str(message.approximate_first_receive_timestamp),
    }
    if queue.fifo_queue:
        attributes["SequenceNumber"] = str(message.sequence_number)
    if message.group_id is not None:
        attributes["MessageGroupId"] = message.group_id
    if message.deduplication_id is not None:
        attributes["MessageDeduplicationId"] = message.deduplication_id
    if source := backend.extras(queue).sources.get(message.id):
        attributes["DeadLetterQueueSourceArn"] = source
    trace = (message.system_attributes or {}).get("AWSTraceHeader", {}).get("StringValue")
    if trace:
        attributes["AWSTraceHeader"] = trace
    return Message(
        id=message.id,
        receipt=message.receipt_handle,
        record=payloads.record(
            arn=queue.queue_arn,
            message_id=message.id,
            receipt=message.receipt_handle,
            body=message.body,
            md5=message.body_md5,
            attributes=attributes,
            message_attributes=message.message_attributes,
            attributes_md5=message.attribute_md5 if message.message_attributes else None,
        ),
        visible_again=message.visible_at / 1000,
        trace=trace,
    )
