"""The five operations on event source mappings: defaults, states, and what is refused, in AWS's words."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from tests.lambdalab.packages import allowing

from .test_dynamodb import put, table
from .test_kinesis import ARN as KINESIS
from .test_kinesis import stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Wiring

ALL = "All mappings"
INVALID = "InvalidParameterValueException"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:jobs"


def refused(wiring: Wiring, call: Callable[[], Any]) -> tuple[int, str, str]:
    """Status, code and message of the error that a call gets."""
    with pytest.raises(wiring.client("lambda").exceptions.ClientError) as caught:
        call()
    answer = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


def plain(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what differs from run to run."""
    assert str(uuid.UUID(answer["UUID"])) == answer["UUID"]
    arn = f"arn:aws:lambda:us-east-1:123456789012:event-source-mapping:{answer['UUID']}"
    assert answer["EventSourceMappingArn"] == arn
    left_out = ("ResponseMetadata", "UUID", "EventSourceMappingArn", "LastModified")
    return {name: value for name, value in answer.items() if name not in left_out}


@pytest.mark.source("Amazon SQS", "defaults of a mapping")
def test_the_defaults_of_a_queue(wiring: Wiring) -> None:
    function = wiring.function()
    answer = wiring.client("lambda").create_event_source_mapping(FunctionName="worker", EventSourceArn=wiring.queue())
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert plain(answer) == {
        "BatchSize": 10,
        "EventSourceArn": QUEUE,
        "FunctionArn": function,
        "FunctionResponseTypes": [],
        "MaximumBatchingWindowInSeconds": 0,
        "State": "Creating",
        "StateTransitionReason": "USER_INITIATED",
    }


@pytest.mark.source("DynamoDB Streams", "defaults of a mapping")
@pytest.mark.source("Amazon Kinesis", "defaults of a mapping")
@pytest.mark.parametrize("source", [table, stream])
def test_the_defaults_of_a_stream(wiring: Wiring, source: Callable[[Wiring], str]) -> None:
    function = wiring.function()
    arn = source(wiring)
    answer = wiring.client("lambda").create_event_source_mapping(
        FunctionName=function, EventSourceArn=arn, StartingPosition="LATEST"
    )
    assert plain(answer) == {
        "BatchSize": 100,
        "BisectBatchOnFunctionError": False,
        "DestinationConfig": {"OnFailure": {}},
        "EventSourceArn": arn,
        "FunctionArn": function,
        "FunctionResponseTypes": [],
        "LastProcessingResult": "No records processed",
        "MaximumBatchingWindowInSeconds": 0,
        "MaximumRecordAgeInSeconds": -1,
        "MaximumRetryAttempts": -1,
        "ParallelizationFactor": 1,
        "StartingPosition": "LATEST",
        "State": "Creating",
        "StateTransitionReason": "User action",
        "TumblingWindowInSeconds": 0,
    }


@pytest.mark.source(ALL, "states: Creating, Enabled, Updating, Disabling, Disabled, Enabling, Deleting")
def test_a_call_answers_with_the_transition_and_the_next_call_finds_it_done(wiring: Wiring) -> None:
    wiring.function()
    aws_lambda = wiring.client("lambda")
    mapping = wiring.map(wiring.queue())

    def now() -> str:
        return str(aws_lambda.get_event_source_mapping(UUID=mapping)["State"])

    states = [now()]
    for settings in ({"BatchSize": 5}, {"Enabled": False}, {"Enabled": True}):
        answer = aws_lambda.update_event_source_mapping(UUID=mapping, **settings)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
        states += [answer["State"], now()]
    states.append(aws_lambda.delete_event_source_mapping(UUID=mapping)["State"])
    assert states == [
        *("Enabled", "Updating", "Enabled", "Disabling", "Disabled", "Enabling", "Enabled"),
        "Deleting",
    ]
    gone = refused(wiring, lambda: aws_lambda.get_event_source_mapping(UUID=mapping))
    assert gone == (404, "ResourceNotFoundException", "The resource you requested does not exist.")
    assert refused(wiring, lambda: aws_lambda.update_event_source_mapping(UUID=mapping, BatchSize=1)) == gone
    assert refused(wiring, lambda: aws_lambda.delete_event_source_mapping(UUID=mapping)) == gone


@pytest.mark.differs(ALL, "time of a change", "a change is done at once; `lab.pace` makes it take longer")
def test_a_mapping_polls_when_it_is_created_and_not_before(wiring: Wiring) -> None:
    wiring.function()
    wiring.account.lab.pace.deployment_seconds = 60
    wiring.later(minutes=2)  # the function itself takes a minute
    mapping = wiring.map(wiring.queue())
    wiring.send("a")
    assert wiring.got() == []
    aws_lambda = wiring.client("lambda")
    assert aws_lambda.get_event_source_mapping(UUID=mapping)["State"] == "Creating"
    assert refused(wiring, lambda: aws_lambda.update_event_source_mapping(UUID=mapping, BatchSize=1)) == (
        400,
        "ResourceInUseException",
        "Cannot update the event source mapping because it is in use.",
    )
    wiring.later(minutes=2)
    assert wiring.got() == ["a"]


@pytest.mark.source(ALL, "LastProcessingResult (streams)")
def test_a_stream_shows_its_last_processing_result(wiring: Wiring) -> None:
    wiring.function("def handler(event, context): assert 'poison' not in str(event)")
    mapping = wiring.map(table(wiring), StartingPosition="LATEST")
    put(wiring, "good")
    wiring.account.lab.settle()
    results = [wiring.client("lambda").get_event_source_mapping(UUID=mapping)["LastProcessingResult"]]
    put(wiring, "poison")  # no hexadecimal word: a record's id may have "bad" in it
    wiring.account.lab.settle()
    results.append(wiring.client("lambda").get_event_source_mapping(UUID=mapping)["LastProcessingResult"])
    assert results == ["OK", "PROBLEM: Function call failed"]


@pytest.mark.source(ALL, "one mapping from a source to a function")
def test_a_second_mapping_between_the_same_source_and_function_is_rejected(wiring: Wiring) -> None:
    wiring.function()
    queue = wiring.queue()
    first = wiring.map(queue)
    assert refused(wiring, lambda: wiring.map(queue)) == (
        409,
        "ResourceConflictException",
        f'An event source mapping with SQS arn (" {queue} ") and function (" worker ") already exists. '
        f"Please update or delete the existing mapping with UUID {first}",
    )
    changes = table(wiring)
    second = wiring.map(changes, StartingPosition="LATEST")
    assert refused(wiring, lambda: wiring.map(changes, StartingPosition="LATEST"))[2] == (
        f'The event source arn (" {changes} ") and function (" worker ") provided mapping already exists. '
        f"Please update or delete the existing mapping with UUID {second}"
    )
    wiring.function(name="other")
    wiring.map(queue, "other")


@pytest.mark.source(ALL, "list by source and by function, in pages")
def test_mappings_are_listed_by_source_and_by_function(wiring: Wiring) -> None:
    aws_lambda = wiring.client("lambda")
    wiring.function()
    other = wiring.function(name="other")
    jobs, more = wiring.queue(), wiring.queue("more")
    wanted = [wiring.map(jobs), wiring.map(more), wiring.map(more, "other")]

    def listed(**by: Any) -> list[str]:
        found = aws_lambda.list_event_source_mappings(**by)["EventSourceMappings"]
        return [each["UUID"] for each in found]

    assert listed() == wanted
    assert listed(EventSourceArn=more) == wanted[1:]
    assert listed(FunctionName="worker") == wanted[:2]
    assert listed(FunctionName=other) == wanted[2:]
    pages = aws_lambda.get_paginator("list_event_source_mappings").paginate(PaginationConfig={"PageSize": 2})
    assert [[each["UUID"] for each in page["EventSourceMappings"]] for page in pages] == [wanted[:2], wanted[2:]]


@pytest.mark.source(ALL, "a version or an alias of a function")
def test_a_mapping_may_invoke_an_alias(wiring: Wiring) -> None:
    wiring.function('def handler(event, context): print("GOT", ["old"])')
    aws_lambda = wiring.client("lambda")
    aws_lambda.publish_version(FunctionName="worker")
    aws_lambda.create_alias(FunctionName="worker", Name="live", FunctionVersion="1")
    mapping = wiring.map(wiring.queue(), "worker:live")
    shown = aws_lambda.get_event_source_mapping(UUID=mapping)
    assert shown["FunctionArn"].endswith(":function:worker:live")
    wiring.send("a")
    wiring.account.lab.settle()
    assert any("Version: 1" in line for line in wiring.account.log("worker"))


@pytest.mark.source(ALL, "another function for the same source")
def test_a_mapping_can_be_given_another_function(wiring: Wiring) -> None:
    wiring.function()
    wiring.function(name="other")
    mapping = wiring.map(wiring.queue())
    wiring.client("lambda").update_event_source_mapping(UUID=mapping, FunctionName="other")
    wiring.send("a")
    assert (wiring.got(), wiring.got("other")) == ([], ["a"])


@pytest.mark.source(ALL, "a deleted function leaves what was to be read where it is")
def test_without_its_function_a_mapping_reads_nothing(wiring: Wiring) -> None:
    wiring.function()
    wiring.map(wiring.queue_with_dead_letters(1))
    wiring.client("lambda").delete_function(FunctionName="worker")
    wiring.send("a")
    wiring.later(minutes=5)
    assert (wiring.left("jobs"), wiring.left("dead")) == (1, 0)
    wiring.function()
    wiring.later(minutes=2)
    assert wiring.left("jobs") == 0


@pytest.mark.source(ALL, "settings that can be taken back")
def test_filters_concurrency_and_destinations_can_be_removed(wiring: Wiring) -> None:
    wiring.function()
    aws_lambda = wiring.client("lambda")
    mapping = wiring.map(
        wiring.queue(),
        FilterCriteria={"Filters": [{"Pattern": '{"body": ["never"]}'}]},
        ScalingConfig={"MaximumConcurrency": 2},
    )
    aws_lambda.update_event_source_mapping(UUID=mapping, FilterCriteria={}, ScalingConfig={})
    shown = aws_lambda.get_event_source_mapping(UUID=mapping)
    assert {"FilterCriteria", "ScalingConfig"} & set(shown) == set()
    wiring.send("a")
    assert wiring.got() == ["a"]


@pytest.mark.source("Amazon SQS", "the function's role is checked when the mapping is made")
@pytest.mark.parametrize(
    ("allowed", "missing"),
    [
        ([], "ReceiveMessage"),
        (["sqs:ReceiveMessage"], "DeleteMessage"),
        (["sqs:ReceiveMessage", "sqs:DeleteMessage"], "GetQueueAttributes"),
    ],
)
def test_a_role_that_may_not_read_the_queue_is_refused(wiring: Wiring, allowed: list[str], missing: str) -> None:
    role = wiring.account.lab.role("weak", allowing(*allowed) if allowed else None)
    wiring.function(Role=role)
    queue = wiring.queue()
    assert refused(wiring, lambda: wiring.map(queue)) == (
        400,
        INVALID,
        f"The function execution role does not have permissions to call {missing} on SQS",
    )


@pytest.mark.source("DynamoDB Streams", "the function's role is checked when the mapping is made")
@pytest.mark.source("Amazon Kinesis", "the function's role is checked when the mapping is made")
@pytest.mark.parametrize("source", [table, stream])
def test_a_role_that_may_not_read_the_stream_is_refused(wiring: Wiring, source: Callable[[Wiring], str]) -> None:
    wiring.function(Role=wiring.account.lab.role("weak"))
    arn = source(wiring)
    assert refused(wiring, lambda: wiring.map(arn, StartingPosition="LATEST")) == (
        400,
        INVALID,
        f"Cannot access stream {arn}. Please ensure the role can perform the GetRecords, GetShardIterator, "
        "DescribeStream, and ListStreams Actions on your stream in IAM.",
    )


@pytest.mark.source("All mappings", "AWS's managed policies are enough")
@pytest.mark.parametrize(
    ("policy", "source", "settings"),
    [
        ("AWSLambdaSQSQueueExecutionRole", "queue", {}),
        ("AWSLambdaDynamoDBExecutionRole", "table", {"StartingPosition": "TRIM_HORIZON"}),
        ("AWSLambdaKinesisExecutionRole", "stream", {"StartingPosition": "TRIM_HORIZON"}),
    ],
)
def test_with_awss_own_policy_for_the_source_a_function_reads(
    wiring: Wiring, policy: str, source: str, settings: dict[str, str]
) -> None:
    role = wiring.account.lab.role("managed")
    arn = f"arn:aws:iam::aws:policy/service-role/{policy}"
    wiring.client("iam").attach_role_policy(RoleName="managed", PolicyArn=arn)
    wiring.function("def handler(event, context): print('GOT', [len(event['Records'])])", Role=role)
    make: dict[str, Callable[[], str]] = {
        "queue": wiring.queue,
        "table": lambda: table(wiring),
        "stream": lambda: stream(wiring),
    }
    wiring.map(make[source](), **settings)
    if source == "queue":
        wiring.send("a")
    elif source == "table":
        put(wiring, "a")
    else:
        wiring.client("kinesis").put_record(StreamName="clicks", Data=b"a", PartitionKey="a")
    assert wiring.batches() == [[1]]


@pytest.mark.source("Amazon SQS", "a visibility timeout that is too short is refused")
def test_a_visibility_timeout_below_the_functions_timeout_is_rejected(wiring: Wiring) -> None:
    wiring.function(Timeout=60)
    queue = wiring.queue()
    message = "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds"
    assert refused(wiring, lambda: wiring.map(queue)) == (400, INVALID, message)


@pytest.mark.source("Amazon SQS", "what a mapping may say")
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"BatchSize": 11},
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
        ),
        ({"StartingPosition": "LATEST"}, "StartingPosition is not valid for SQS event sources."),
        ({"BisectBatchOnFunctionError": True}, "BisectBatchOnFunctionError is not valid for SQS event sources."),
        ({"MaximumRetryAttempts": 3}, "MaximumRetryAttempts is not valid for SQS event sources."),
        (
            {"DestinationConfig": {"OnFailure": {"Destination": QUEUE}}},
            "Unsupported DestinationConfig parameter for given event source mapping type.",
        ),
        ({"FilterCriteria": {"Filters": [{"Pattern": "no JSON"}]}}, "Invalid filter pattern definition."),
    ],
)
def test_settings_that_a_queue_does_not_have_are_rejected(
    wiring: Wiring, settings: dict[str, Any], message: str
) -> None:
    wiring.function()
    queue = wiring.queue()
    assert refused(wiring, lambda: wiring.map(queue, **settings)) == (400, INVALID, message)
    assert wiring.client("lambda").list_event_source_mappings()["EventSourceMappings"] == []


@pytest.mark.source("Amazon SQS", "FIFO: what a mapping may say")
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"MaximumBatchingWindowInSeconds": 1}, "Batching window is not supported for FIFO queues"),
        ({"BatchSize": 11}, "Batch size must be less than or equal to 10 for FIFO queues"),
    ],
)
def test_settings_that_a_fifo_queue_does_not_have_are_rejected(
    wiring: Wiring, settings: dict[str, Any], message: str
) -> None:
    wiring.function()
    queue = wiring.queue("jobs.fifo", FifoQueue="true")
    assert refused(wiring, lambda: wiring.map(queue, **settings)) == (400, INVALID, message)


@pytest.mark.source(ALL, "what a mapping may say: AWS's model")
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"BatchSize": 10_001},
            "Value '10001' at 'batchSize' failed to satisfy constraint: Member must have value less than or equal to "
            "10000",
        ),
        (
            {"ScalingConfig": {"MaximumConcurrency": 1}},
            "Value '1' at 'scalingConfig.maximumConcurrency' failed to satisfy constraint: Member must have value "
            "greater than or equal to 2",
        ),
        (
            {"MaximumBatchingWindowInSeconds": 301},
            "Value '301' at 'maximumBatchingWindowInSeconds' failed to satisfy constraint: Member must have value "
            "less than or equal to 300",
        ),
    ],
)
def test_values_outside_the_api_models_limits_are_rejected(
    wiring: Wiring, settings: dict[str, Any], message: str
) -> None:
    wiring.function()
    queue = wiring.queue()
    status, code, said = refused(wiring, lambda: _unchecked(queue, settings))
    assert (status, code) == (400, "ValidationException")
    assert said == f"1 validation error detected: {message}"


def _unchecked(queue: str, settings: dict[str, Any]) -> Any:
    """Without the SDK's own look at the parameters, which would stop some of them."""
    client = boto3.client("lambda", config=Config(parameter_validation=False, retries={"max_attempts": 0}))
    return client.create_event_source_mapping(FunctionName="worker", EventSourceArn=queue, **settings)


@pytest.mark.source("DynamoDB Streams", "what a mapping may say")
@pytest.mark.source("Amazon Kinesis", "what a mapping may say")
@pytest.mark.parametrize(
    ("source", "settings", "message"),
    [
        (
            stream,
            {},
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must "
            "not be null.",
        ),
        (
            table,
            {"StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": 1},
            "Unsupported starting position for arn type: {arn}",
        ),
        (
            stream,
            {"StartingPosition": "LATEST", "StartingPositionTimestamp": 1},
            "Timestamp only valid with StartingPosition AT_TIMESTAMP",
        ),
        (
            stream,
            {"StartingPosition": "LATEST", "ScalingConfig": {"MaximumConcurrency": 2}},
            "ScalingConfig is only valid for SQS event sources.",
        ),
        (
            stream,
            {"StartingPosition": "LATEST", "DestinationConfig": {"OnSuccess": {"Destination": QUEUE}}},
            "Unsupported DestinationConfig parameter for given event source mapping type.",
        ),
        (
            stream,
            {"StartingPosition": "LATEST", "DestinationConfig": {"OnFailure": {"Destination": QUEUE}}},
            f"The destination ARN {QUEUE} is invalid.",
        ),
    ],
)
def test_settings_that_a_stream_does_not_have_are_rejected(
    wiring: Wiring, source: Callable[[Wiring], str], settings: dict[str, Any], message: str
) -> None:
    wiring.function()
    arn = source(wiring)
    assert refused(wiring, lambda: wiring.map(arn, **settings)) == (400, INVALID, message.format(arn=arn))


@pytest.mark.source(ALL, "sources and functions that are not there")
def test_missing_functions_sources_and_mappings_are_rejected(wiring: Wiring) -> None:
    queue = wiring.queue()
    assert refused(wiring, lambda: wiring.map(queue, "nobody")) == (400, INVALID, "Function does not exist")
    wiring.function()
    assert refused(wiring, lambda: wiring.map(f"{queue}-2")) == (
        400,
        INVALID,
        "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error "
        "Message: The specified queue does not exist or you do not have access to it.",
    )
    assert refused(wiring, lambda: wiring.map(KINESIS, StartingPosition="LATEST")) == (
        400,
        INVALID,
        f"Stream not found: {KINESIS}",
    )
    assert refused(wiring, lambda: wiring.map("arn:aws:s3:::bucket")) == (400, INVALID, "Unrecognized event source.")


@pytest.mark.differs(ALL, "tumbling windows", "refused (NotPartOfThisLab)")
@pytest.mark.differs(ALL, "provisioned pollers", "refused (NotPartOfThisLab)")
@pytest.mark.differs(ALL, "Kafka, Amazon MQ, DocumentDB", "refused (NotPartOfThisLab)")
def test_features_that_the_lab_does_not_have_are_rejected_as_not_part_of_it(wiring: Wiring) -> None:
    wiring.function()
    queue, changes = wiring.queue(), table(wiring)
    kafka = "arn:aws:kafka:us-east-1:123456789012:cluster/c/9f1b"
    asked: list[tuple[Callable[[], Any], str]] = [
        (lambda: wiring.map(changes, StartingPosition="LATEST", TumblingWindowInSeconds=10), "Tumbling windows"),
        (lambda: wiring.map(queue, ProvisionedPollerConfig={"MinimumPollers": 2}), "Provisioned pollers"),
        (lambda: wiring.map(kafka, StartingPosition="LATEST", Topics=["orders"]), "Amazon MSK"),
    ]
    for call, word in asked:
        status, code, message = refused(wiring, call)
        assert (status, code) == (501, "NotPartOfThisLab"), message
        assert message.startswith(word)


@pytest.mark.source(ALL, "tags")
def test_a_mapping_has_tags(wiring: Wiring) -> None:
    wiring.function()
    mapping = wiring.map(wiring.queue(), Tags={"course": "lambda"})
    aws_lambda = wiring.client("lambda")
    arn = aws_lambda.get_event_source_mapping(UUID=mapping)["EventSourceMappingArn"]
    assert aws_lambda.list_tags(Resource=arn)["Tags"] == {"course": "lambda"}
    aws_lambda.tag_resource(Resource=arn, Tags={"more": "yes"})
    aws_lambda.untag_resource(Resource=arn, TagKeys=["course"])
    assert aws_lambda.list_tags(Resource=arn)["Tags"] == {"more": "yes"}


@pytest.mark.source(ALL, "CloudFormation: AWS::Lambda::EventSourceMapping")
def test_cloudformation_creates_and_deletes_a_mapping(wiring: Wiring) -> None:
    wiring.function()
    queue = wiring.queue()
    properties = {"EventSourceArn": queue, "FunctionName": "worker", "BatchSize": "3", "Enabled": "true"}
    template = {"Resources": {"Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": properties}}}
    cloudformation = wiring.client("cloudformation")
    cloudformation.create_stack(StackName="jobs", TemplateBody=json.dumps(template))
    wiring.send(*"abcd")
    assert sorted(map(len, wiring.batches())) == [1, 3]
    cloudformation.delete_stack(StackName="jobs")
    assert wiring.client("lambda").list_event_source_mappings()["EventSourceMappings"] == []
    wiring.send("e")
    assert "e" not in wiring.got()
