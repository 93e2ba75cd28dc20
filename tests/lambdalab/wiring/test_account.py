"""`lab.diagram()` shows what the services answer: each kind of connection, created with boto3, is in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from lambdalab import wiring
from tests.lambdalab.packages import trusting, zipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab

HERE = "us-east-1:123456789012"
EVERYTHING = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}], "Version": "2012-10-17"}


def arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{HERE}:{rest}"


@pytest.fixture
def function(lab: Lab, client: Callable[..., Any]) -> Callable[..., str]:
    """Creates functions that every service may invoke, and whose role allows everything; their ARNs."""

    def make(name: str = "worker", **settings: Any) -> str:
        code = {"ZipFile": zipped({"app.py": "def handler(event, context): pass"})}
        role = lab.role("does-everything", EVERYTHING)
        made = client("lambda").create_function(
            FunctionName=name, Runtime="python3.13", Handler="app.handler", Role=role, Code=code, **settings
        )
        for service in ("s3", "sns", "events", "logs", "apigateway"):
            client("lambda").add_permission(
                FunctionName=name,
                StatementId=service,
                Action="lambda:InvokeFunction",
                Principal=f"{service}.amazonaws.com",
            )
        return str(made["FunctionArn"])

    return make


@pytest.fixture
def queue(client: Callable[..., Any]) -> Callable[..., str]:
    """Creates queues; their ARNs."""

    def make(name: str, **attributes: str) -> str:
        client("sqs").create_queue(QueueName=name, Attributes=attributes)
        return arn("sqs", name)

    return make


def lines(lab: Lab, *names: str) -> list[str]:
    return repr(lab.diagram(*names)).splitlines()[1:]


def test_an_empty_account_says_so(lab: Lab) -> None:
    assert repr(lab.diagram()) == "Wiring: 0 functions, 0 arrows"
    assert "Nothing is wired to a function yet." in lab.diagram()._repr_svg_()


def test_a_function_alone_is_named(lab: Lab, function: Callable[..., str]) -> None:
    function("alone")
    assert lines(lab) == lines(lab, "alone") == ["not wired to anything: alone"]


def test_an_unknown_name_gets_a_list_of_those_that_exist(lab: Lab, function: Callable[..., str]) -> None:
    function("worker")
    with pytest.raises(ValueError, match=r"There is no function 'wroker' to draw\. There is: worker\."):
        lab.diagram("wroker")


def test_a_function_its_aliases_its_url_and_its_results(
    lab: Lab, client: Callable[..., Any], function: Callable[..., str], queue: Callable[..., str]
) -> None:
    target = queue("given-up")
    function("worker", DeadLetterConfig={"TargetArn": queue("dead")})
    next_one = function("next")
    client("lambda").publish_version(FunctionName="worker")
    client("lambda").create_alias(FunctionName="worker", Name="live", FunctionVersion="1")
    client("lambda").create_function_url_config(FunctionName="worker", Qualifier="live", AuthType="AWS_IAM")
    client("lambda").put_function_event_invoke_config(
        FunctionName="worker",
        MaximumRetryAttempts=1,
        MaximumEventAgeInSeconds=60,
        DestinationConfig={"OnSuccess": {"Destination": next_one}, "OnFailure": {"Destination": target}},
    )
    assert lines(lab) == [
        "function worker → SQS queue dead (result): given up (dead letters)",
        "Function URL → function worker (synchronous): to alias live, AuthType AWS_IAM",
        "function worker → function next (result): on success",
        "function worker → SQS queue given-up (result): on failure",
        "function worker: live → version 1, asynchronous: 1 retry, up to 60 s old",
    ]


def test_a_queue_that_is_read(
    lab: Lab, client: Callable[..., Any], function: Callable[..., str], queue: Callable[..., str]
) -> None:
    dead = queue("dead")
    orders = queue(
        "orders", RedrivePolicy=json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 3}), VisibilityTimeout="30"
    )
    client("lambda").create_event_source_mapping(
        EventSourceArn=orders,
        FunctionName=function(),
        BatchSize=5,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        FilterCriteria={"Filters": [{"Pattern": '{"body":{"kind":["order"]}}'}]},
    )
    assert lines(lab) == [
        "SQS queue orders → function worker (polled): "
        'batches of up to 5, filter {"body": {"kind": ["order"]}}, reports failed items',
        "SQS queue orders → SQS queue dead (result): after 3 receives",
    ]


def test_streams_that_are_read(
    lab: Lab, client: Callable[..., Any], function: Callable[..., str], queue: Callable[..., str]
) -> None:
    client("kinesis").create_stream(StreamName="clicks", ShardCount=1)
    table = client("dynamodb").create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    client("lambda").create_event_source_mapping(
        EventSourceArn=table["TableDescription"]["LatestStreamArn"],
        FunctionName=function("audit"),
        StartingPosition="LATEST",
    )
    client("lambda").create_event_source_mapping(
        EventSourceArn=arn("kinesis", "stream/clicks"),
        FunctionName=function("counter"),
        StartingPosition="TRIM_HORIZON",
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=2,
        DestinationConfig={"OnFailure": {"Destination": queue("given-up")}},
    )
    assert lines(lab) == [
        "DynamoDB table orders → function audit (polled): batches of up to 100, from LATEST",
        "Kinesis stream clicks → function counter (polled): "
        "batches of up to 100, from TRIM_HORIZON, halves a failed batch, 2 retries",
        "function counter → SQS queue given-up (result): given up: clicks",
    ]


def test_a_bucket_and_its_notifications(lab: Lab, client: Callable[..., Any], function: Callable[..., str]) -> None:
    client("s3").create_bucket(Bucket="photos")
    rules = [{"Name": "prefix", "Value": "in/"}, {"Name": "suffix", "Value": ".jpg"}]
    client("s3").put_bucket_notification_configuration(
        Bucket="photos",
        NotificationConfiguration={
            "LambdaFunctionConfigurations": [
                {
                    "LambdaFunctionArn": function(),
                    "Events": ["s3:ObjectCreated:*"],
                    "Filter": {"Key": {"FilterRules": rules}},
                }
            ]
        },
    )
    assert lines(lab) == [
        "S3 bucket photos → function worker (asynchronous): s3:ObjectCreated:*, key begins with in/, key ends in .jpg"
    ]


def test_a_topic_and_its_subscribers(
    lab: Lab, client: Callable[..., Any], function: Callable[..., str], queue: Callable[..., str]
) -> None:
    topic = client("sns").create_topic(Name="news")["TopicArn"]
    for protocol, endpoint, attributes in (
        ("lambda", function(), {}),
        ("sqs", queue("orders"), {"FilterPolicy": '{"kind": ["order"]}', "RawMessageDelivery": "true"}),
    ):
        client("sns").subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes=attributes)
    assert lines(lab) == [
        "SNS topic news → function worker (asynchronous): every message",
        'SNS topic news → SQS queue orders (asynchronous): attributes {"kind": ["order"]}, raw',
    ]


def test_rules_and_schedules(
    lab: Lab, client: Callable[..., Any], function: Callable[..., str], queue: Callable[..., str]
) -> None:
    events, worker, dead = client("events"), function(), queue("dead")
    events.create_event_bus(Name="shop")
    events.put_rule(Name="sold", EventBusName="shop", EventPattern='{"detail-type": ["sold"]}')
    events.put_targets(
        Rule="sold", EventBusName="shop", Targets=[{"Id": "1", "Arn": worker, "DeadLetterConfig": {"Arn": dead}}]
    )
    events.put_rule(Name="nightly", ScheduleExpression="cron(0 3 * * ? *)", State="DISABLED")
    events.put_targets(Rule="nightly", Targets=[{"Id": "1", "Arn": worker}])
    role = lab.role("caller", EVERYTHING)
    trust = json.dumps(trusting({"Service": "scheduler.amazonaws.com"}))
    client("iam").update_assume_role_policy(RoleName="caller", PolicyDocument=trust)
    client("scheduler").create_schedule(
        Name="hourly",
        ScheduleExpression="rate(1 hour)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": worker, "RoleArn": role},
    )
    assert lines(lab) == [
        "EventBridge rule nightly → function worker (asynchronous): disabled, cron(0 3 * * ? *)",
        'event bus shop → function worker (asynchronous): rule sold, {"detail-type": ["sold"]}',
        "event bus shop → SQS queue dead (result): given up: sold",
        "schedule hourly → function worker (asynchronous): rate(1 hour)",
    ]


def test_a_log_group_and_its_subscription_filter(
    lab: Lab, client: Callable[..., Any], function: Callable[..., str]
) -> None:
    client("logs").create_log_group(logGroupName="/shop")
    client("logs").put_subscription_filter(
        logGroupName="/shop", filterName="errors", filterPattern="ERROR", destinationArn=function()
    )
    assert lines(lab) == ["log group /shop → function worker (asynchronous): filter errors, ERROR"]


def test_apis_and_their_routes(lab: Lab, client: Callable[..., Any], function: Callable[..., str]) -> None:
    worker, rest, http = function(), client("apigateway"), client("apigatewayv2")
    api = rest.create_rest_api(name="orders")["id"]
    root = rest.get_resources(restApiId=api)["items"][0]["id"]
    resource = rest.create_resource(restApiId=api, parentId=root, pathPart="orders")["id"]
    for verb, name in (("GET", worker), ("POST", arn("lambda", "function:${stageVariables.called}"))):
        uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{name}/invocations"
        which = {"restApiId": api, "resourceId": resource, "httpMethod": verb}
        rest.put_method(authorizationType="NONE", **which)
        rest.put_integration(type="AWS_PROXY", integrationHttpMethod="POST", uri=uri, **which)
    rest.create_deployment(restApiId=api, stageName="prod", variables={"called": "worker"})
    api = http.create_api(Name="shop", ProtocolType="HTTP")["ApiId"]
    integration = http.create_integration(
        ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=worker, PayloadFormatVersion="2.0"
    )["IntegrationId"]
    http.create_route(ApiId=api, RouteKey="GET /orders/{id}", Target=f"integrations/{integration}")
    assert lines(lab) == [
        "REST API orders → function worker (synchronous): GET /orders",
        "REST API orders → function worker (synchronous): POST /orders, in prod",
        "HTTP API shop → function worker (synchronous): GET /orders/{id}, payload 2.0",
        "REST API orders: stage prod",
        "HTTP API shop: no stage yet",
    ]


def test_a_resource_without_permission_is_noted_and_the_rest_is_read(
    lab: Lab, client: Callable[..., Any], function: Callable[..., str]
) -> None:
    function()
    client("lambda").create_function_url_config(FunctionName="worker", AuthType="NONE")

    class Refused:
        def __getattr__(self, name: str) -> Any:
            def refuse(**_: Any) -> None:
                raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "ListBuckets")

            return (lambda _: False) if name == "can_paginate" else refuse

    def aws(service: str) -> Any:
        return Refused() if service == "s3" else boto3.client(service, region_name="us-east-1")

    found = wiring.read(aws, wiring.Listed(aws, "123456789012", "us-east-1"))
    assert list(found.lines()) == [
        "Function URL → function worker (synchronous): AuthType NONE",
        "no permission to read bucket list (ListBuckets: AccessDenied)",
    ]
