"""What a mapping may say, by its source, and what its function's role must allow.

Wording as AWS's where it is known, from its documentation and from reports of its answers. Not known: what it says of
settings that another kind of source has, of a batch that is too large for a FIFO queue, of a maximum concurrency for a
stream, and of a source or a setting that the lab does not have, which the lab refuses as its own (NotPartOfThisLab).
https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lambdalab.authorization.access import Access
from lambdalab.delivery import destinations
from lambdalab.event_patterns.mapping_filters import check_filter
from lambdalab.services.dynamodb import streams as dynamodb
from lambdalab.services.kinesis import streams as kinesis
from lambdalab.services.lambda_.api.errors import error
from lambdalab.services.lambda_.api.unsupported import not_part_of_this_lab
from lambdalab.services.sqs import queues as sqs

from .stored import service_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambdalab.authorization import Enforcement

_OF_STREAMS = (
    "ParallelizationFactor",
    "MaximumRecordAgeInSeconds",
    "BisectBatchOnFunctionError",
    "MaximumRetryAttempts",
    "TumblingWindowInSeconds",
)
NOT_HERE = {
    "ProvisionedPollerConfig": "Provisioned pollers",
    "KMSKeyArn": "Filters encrypted with a key of one's own",
    "AmazonManagedKafkaEventSourceConfig": "Kafka",
    "SelfManagedEventSource": "Kafka",
    "SelfManagedKafkaEventSourceConfig": "Kafka",
    "SourceAccessConfigurations": "Kafka and Amazon MQ",
    "Topics": "Kafka",
    "Queues": "Amazon MQ",
    "DocumentDBEventSourceConfig": "DocumentDB",
    "LoggingConfig": "Logs of event source mappings",
}
_SOURCES_NOT_HERE = {"kafka": "Amazon MSK", "mq": "Amazon MQ", "rds": "DocumentDB"}


def check_source(arn: str) -> None:
    """Refuse what is no source."""
    service = service_of(arn) if arn.count(":") >= 5 else ""
    if service in _SOURCES_NOT_HERE:
        raise not_part_of_this_lab(f"{_SOURCES_NOT_HERE[service]} as an event source")
    if service == "kinesis" and "/consumer/" in arn:
        raise not_part_of_this_lab("A consumer with enhanced fan-out as an event source")
    if service not in ("sqs", "dynamodb", "kinesis"):
        raise _invalid("Unrecognized event source.")


def check_settings(source_arn: str, settings: Mapping[str, Any]) -> None:
    """Refuse settings that do not fit the source or each other. `settings` are those that the mapping would have."""
    for name, feature in NOT_HERE.items():
        if settings.get(name):
            raise not_part_of_this_lab(f"{feature} ({name})")
    service = service_of(source_arn)
    fifo = source_arn.endswith(".fifo")
    for each in (settings.get("FilterCriteria") or {}).get("Filters") or []:
        try:
            check_filter(service, each.get("Pattern") or "{}")
        except ValueError as problem:
            raise _invalid(str(problem)) from None
    if service != "sqs":
        return _check_stream_settings(settings)
    for name in _OF_STREAMS:
        if settings.get(name) is not None:
            raise _invalid(f"{name} is not valid for SQS event sources.")
    if settings.get("DestinationConfig"):
        raise _invalid("Unsupported DestinationConfig parameter for given event source mapping type.")
    window = settings["MaximumBatchingWindowInSeconds"]
    if fifo and window:
        raise _invalid("Batching window is not supported for FIFO queues")
    if fifo and settings["BatchSize"] > 10:
        raise _invalid("Batch size must be less than or equal to 10 for FIFO queues")
    if settings["BatchSize"] > 10 and not window:
        raise _invalid(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
        )
    return None


def _check_stream_settings(settings: Mapping[str, Any]) -> None:
    if settings.get("TumblingWindowInSeconds"):
        raise not_part_of_this_lab("Tumbling windows (TumblingWindowInSeconds)")
    if settings.get("ScalingConfig"):
        raise _invalid("ScalingConfig is only valid for SQS event sources.")
    wanted = settings.get("DestinationConfig") or {}
    if wanted.get("OnSuccess"):
        raise _invalid("Unsupported DestinationConfig parameter for given event source mapping type.")


def check_start(source_arn: str, spec: Mapping[str, Any]) -> None:
    """Refuse a starting position that the source does not have."""
    position, timestamp = spec.get("StartingPosition"), spec.get("StartingPositionTimestamp")
    service = service_of(source_arn)
    if service == "sqs":
        if position or timestamp is not None:
            raise _invalid("StartingPosition is not valid for SQS event sources.")
        return
    if not position:
        raise _invalid(
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: "
            "Member must not be null."
        )
    if service == "dynamodb" and position == "AT_TIMESTAMP":
        raise _invalid(f"Unsupported starting position for arn type: {source_arn}")
    if timestamp is not None and position != "AT_TIMESTAMP":
        raise _invalid("Timestamp only valid with StartingPosition AT_TIMESTAMP")
    if position == "AT_TIMESTAMP" and timestamp is None:
        raise _invalid("StartingPositionTimestamp is required with StartingPosition AT_TIMESTAMP")
    if timestamp is not None and timestamp < 0:
        raise _invalid(
            "Received Exception while reading from provided stream. class java.lang.Long can not be converted to a "
            "Timestamp"
        )


def check_function(enforcement: Enforcement, source_arn: str, function: Any, settings: Mapping[str, Any]) -> None:
    """Refuse a function whose role cannot read the source, and a source that is not there."""
    if service_of(source_arn) == "sqs":
        _check_queue(enforcement, source_arn, function)
    else:
        _check_stream(enforcement, source_arn, function)
    if on_failure := ((settings.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination"):
        _check_destination(enforcement, on_failure, function)


def _check_queue(enforcement: Enforcement, arn: str, function: Any) -> None:
    for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"):
        if not enforcement.role_allows(function.role, function.function_arn, Access(f"sqs:{action}", arn)):
            raise _invalid(f"The function execution role does not have permissions to call {action} on SQS")
    queue = sqs.find(arn)
    if queue is None:
        raise _invalid(
            "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error "
            "Message: The specified queue does not exist or you do not have access to it."
        )
    hidden, timeout = int(queue.visibility_timeout), int(function.timeout)
    if hidden < timeout:
        raise _invalid(f"Queue visibility timeout: {hidden} seconds is less than Function timeout: {timeout} seconds")


def _check_stream(enforcement: Enforcement, arn: str, function: Any) -> None:
    service = service_of(arn)
    module = dynamodb if service == "dynamodb" else kinesis
    if module.find(arn) is None:
        raise _invalid(f"Stream not found: {arn}")
    asked = [Access(f"{service}:{action}", arn) for action in module.ACTIONS]
    if not all(enforcement.role_allows(function.role, function.function_arn, question) for question in asked):
        raise _invalid(
            f"Cannot access stream {arn}. Please ensure the role can perform the GetRecords, GetShardIterator, "
            "DescribeStream, and ListStreams Actions on your stream in IAM."
        )


def _check_destination(enforcement: Enforcement, arn: str, function: Any) -> None:
    from lambdalab.services.lambda_.functions.execution_role import needed_for_destination

    if destinations.service_of(arn) not in ("sqs", "sns", "s3") or arn.endswith(".fifo"):
        raise _invalid(
            f"The provided destination config DestinationConfig(onSuccess=null, onFailure=OnFailure("
            f"destination={arn})) is invalid."
        )
    if not destinations.exists(arn, function.account_id):
        raise _invalid(f"The destination ARN {arn} is invalid.")
    need = needed_for_destination(arn)
    if not enforcement.role_allows(function.role, function.function_arn, need):
        action = need.action.partition(":")[2]
        raise _invalid(f"The function execution role does not have permissions to call {action} on {arn}")


def _invalid(message: str) -> Exception:
    return error("InvalidParameterValueException", message)
