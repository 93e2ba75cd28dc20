"""Events of the lab beside the samples that AWS publishes, key by key and type by type.

The samples are those of `sam local generate-event`. The events are what a function really got: each source is made
and used through boto3. Some samples are older than the service's documentation: what differs for that reason stands
here, with the reason.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.lambdalab.packages import allowing
from tools import sam_wheel

from .conftest import ACCOUNT, HERE

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab

    from .conftest import Remembering

    Clients = Callable[[str], Any]

NAMED_BY_THE_READER = {
    # Their keys are headers, attributes, columns …: names that somebody chose. What counts is the type of the values.
    "headers",
    "multiValueHeaders",
    "queryStringParameters",
    "multiValueQueryStringParameters",
    "pathParameters",
    "stageVariables",
    "MessageAttributes",
    "messageAttributes",
    "Keys",
    "NewImage",
    "OldImage",
    "claims",
}


def sample(name: str) -> Any:
    """A sample of AWS's: "s3/S3Put". What is filled in when it is printed is text."""
    text = sam_wheel.read(f"samcli/lib/generated_sample_events/events/{name}.json").decode()
    return json.loads(re.sub(r"\{\{\{\w+\}\}\}", "filled-in", text))


def paths(document: Any, at: str = "") -> dict[str, set[str]]:
    """Each place in a document, and the types that stand there."""
    found: dict[str, set[str]] = {}
    if isinstance(document, dict):
        chosen = at.rpartition(".")[2] in NAMED_BY_THE_READER
        if chosen and not document:
            return {at: {"dict"}}
        inside = [paths(value, f"{at}.*" if chosen else f"{at}.{key}".strip(".")) for key, value in document.items()]
    elif isinstance(document, list):
        inside = [paths(value, f"{at}[]") for value in document]
    else:
        return {at: {type(document).__name__}}
    for each in inside:
        for place, types in each.items():
            found.setdefault(place, set()).update(types)
    return found or {at: {type(document).__name__}}


def differences(got: Any, published: Any) -> dict[str, tuple[set[str], set[str]]]:
    """Where an event and a sample differ: the types here, the types there."""
    here, there = paths(got), paths(published)
    return {
        place: (here.get(place, set()), there.get(place, set()))
        for place in sorted(here.keys() | there.keys())
        if here.get(place, set()) != there.get(place, set())
    }


def without(differences_: dict[str, Any], *known: str) -> dict[str, Any]:
    """What is left when these places, and what is below them, are known to differ. Each must."""
    below = {
        name: {place for place in differences_ if re.match(rf"{re.escape(name)}($|[.\[])", place)} for name in known
    }
    assert all(below.values()), f"these do not differ (any more): {[name for name in known if not below[name]]}"
    return {place: types for place, types in differences_.items() if not any(place in each for each in below.values())}


def test_this_comparison_sees_every_kind_of_difference() -> None:
    published = {"a": 1, "b": ["x"], "c": {"d": None}, "headers": {"X": "y"}}
    assert differences({"a": 2, "b": [], "c": {"d": "e"}, "f": 1, "headers": {"X": 1}}, published) == {
        "b": ({"list"}, set()),
        "b[]": (set(), {"str"}),
        "c.d": ({"str"}, {"NoneType"}),
        "f": ({"int"}, set()),
        "headers.*": ({"int"}, {"str"}),
    }
    assert differences({"a": 0, "b": ["", ""], "c": {"d": None}, "headers": {"Z": ""}}, published) == {}


@pytest.fixture
def poller(function: Callable[..., Remembering], client: Clients) -> Remembering:
    """A function whose role may read queues and streams."""
    made = function()
    policy = json.dumps(allowing("sqs:*", "kinesis:*", "dynamodb:*"))
    client("iam").put_role_policy(RoleName="remembers-role", PolicyName="reads", PolicyDocument=policy)
    return made


@pytest.mark.source("Amazon S3", "the event beside AWS's sample")
def test_s3(function: Callable[..., Remembering], client: Clients) -> None:
    remembers, s3 = function(), client("s3")
    s3.create_bucket(Bucket="photos")
    remembers.allow("s3.amazonaws.com", "arn:aws:s3:::photos")
    wanted = {"LambdaFunctionArn": remembers.arn, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}
    s3.put_bucket_notification_configuration(
        Bucket="photos", NotificationConfiguration={"LambdaFunctionConfigurations": [wanted]}
    )
    s3.put_object(Bucket="photos", Key="cat.jpg", Body=b"miaow")
    s3.delete_object(Bucket="photos", Key="cat.jpg")
    put, deleted = sorted(remembers.events(), key=lambda event: str(event["Records"][0]["eventName"]))
    assert differences(put, sample("s3/S3Put")) == {}
    assert differences(deleted, sample("s3/S3Delete")) == {}


@pytest.mark.source("Amazon SNS", "the event beside AWS's sample")
def test_sns(function: Callable[..., Remembering], client: Clients) -> None:
    remembers, sns = function(), client("sns")
    topic = sns.create_topic(Name="news")["TopicArn"]
    remembers.allow("sns.amazonaws.com", topic)
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=remembers.arn)
    sns.publish(
        TopicArn=topic,
        Subject="Today",
        Message="nothing new",
        MessageAttributes={"kind": {"DataType": "String", "StringValue": "dull"}},
    )
    (event,) = remembers.events()
    assert differences(event, sample("sns/Sns")) == {}


@pytest.mark.source("Amazon SQS", "the event beside AWS's sample")
def test_sqs(poller: Remembering, client: Clients) -> None:
    url = client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
    client("lambda").create_event_source_mapping(FunctionName=poller.name, EventSourceArn=f"arn:aws:sqs:{HERE}:jobs")
    client("sqs").send_message(QueueUrl=url, MessageBody="work")
    (event,) = poller.events()
    assert differences(event, sample("sqs/Sqs")) == {}


@pytest.mark.source("DynamoDB Streams", "the event beside AWS's sample")
def test_dynamodb(poller: Remembering, client: Clients) -> None:
    dynamodb = client("dynamodb")
    table = dynamodb.create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "Id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "Id", "AttributeType": "N"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )["TableDescription"]
    client("lambda").create_event_source_mapping(
        FunctionName=poller.name, EventSourceArn=table["LatestStreamArn"], StartingPosition="TRIM_HORIZON"
    )
    for text in ("New item!", "This item has changed"):
        dynamodb.put_item(TableName="orders", Item={"Id": {"N": "101"}, "Message": {"S": text}})
    dynamodb.delete_item(TableName="orders", Key={"Id": {"N": "101"}})
    records = [record for event in poller.events() for record in event["Records"]]
    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
    for record, published in zip(records, sample("dynamodb/DynamoDBUpdate")["Records"], strict=True):
        assert differences(record, published) == {}


@pytest.mark.source("Amazon Kinesis", "the event beside AWS's sample")
def test_kinesis(poller: Remembering, client: Clients) -> None:
    kinesis = client("kinesis")
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    client("lambda").create_event_source_mapping(
        FunctionName=poller.name,
        EventSourceArn=f"arn:aws:kinesis:{HERE}:stream/clicks",
        StartingPosition="TRIM_HORIZON",
    )
    kinesis.put_record(StreamName="clicks", PartitionKey="me", Data=b"here")
    (event,) = poller.events()
    assert differences(event, sample("kinesis/Kinesis")) == {}


@pytest.mark.source("EventBridge", "the event beside AWS's sample")
def test_eventbridge(function: Callable[..., Remembering], client: Clients, lab: Lab) -> None:
    remembers, events = function(), client("events")
    rule = events.put_rule(Name="hourly", ScheduleExpression="rate(1 hour)")["RuleArn"]
    remembers.allow("events.amazonaws.com", rule)
    events.put_targets(Rule="hourly", Targets=[{"Id": "1", "Arn": remembers.arn}])
    lab.clock.advance(hours=1)
    event = remembers.events()[-1]
    # The sample is of the time before events had a version; the guide's has it.
    assert without(differences(event, sample("cloudwatch/ScheduledEvent")), "version") == {}
    assert event["version"] == "0"


@pytest.mark.source("CloudWatch Logs", "the event beside AWS's sample")
def test_logs(function: Callable[..., Remembering], client: Clients, lab: Lab) -> None:
    remembers, logs = function(), client("logs")
    logs.create_log_group(logGroupName="shop")
    logs.create_log_stream(logGroupName="shop", logStreamName="one")
    remembers.allow("logs.amazonaws.com", f"arn:aws:logs:{HERE}:log-group:shop:*")
    logs.put_subscription_filter(logGroupName="shop", filterName="all", filterPattern="", destinationArn=remembers.arn)
    logs.put_log_events(
        logGroupName="shop",
        logStreamName="one",
        logEvents=[{"timestamp": int(lab.clock.time() * 1000), "message": "sold"}],
    )
    (event,) = remembers.events()
    published = sample("cloudwatch/CloudwatchLogs")
    assert differences(event, published) == {}
    ours, theirs = (
        json.loads(gzip.decompress(base64.b64decode(each["awslogs"]["data"]))) for each in (event, published)
    )
    assert differences(ours, theirs) == {}


@pytest.mark.source("API Gateway (HTTP)", "the event beside AWS's sample")
def test_http_api(function: Callable[..., Remembering], client: Clients, lab: Lab) -> None:
    remembers, control = function(), client("apigatewayv2")
    api = control.create_api(Name="shop", ProtocolType="HTTP", Target=remembers.arn)
    remembers.allow("apigateway.amazonaws.com")
    control.update_stage(ApiId=api["ApiId"], StageName="$default", StageVariables={"colour": "blue"})
    requests.post(
        lab.url(f"{api['ApiEndpoint']}/path?parameter1=value1&parameter1=value2"),
        data=b"\xff\x00",
        headers={"Cookie": "cookie1=a; cookie2=b", "Content-Type": "application/octet-stream"},
        timeout=20,
    )
    (event,) = remembers.events()
    # No client certificate, no authorizer and no parameter in the path of a $default route: the sample shows them all.
    left = without(
        differences(event, sample("apigateway/HttpApi")),
        "pathParameters",
        "requestContext.authentication",
        "requestContext.authorizer",
    )
    assert left == {}


@pytest.fixture
def rest_api(function: Callable[..., Remembering], client: Clients, lab: Lab) -> Callable[..., str]:
    """A REST API with a proxy resource, perhaps an authorizer; its URL."""

    def make(remembers: Remembering, **authorizer: str) -> str:
        control = client("apigateway")
        api = control.create_rest_api(name="shop", binaryMediaTypes=["*/*"])
        of = {
            "restApiId": api["id"],
            "resourceId": control.create_resource(
                restApiId=api["id"], parentId=api["rootResourceId"], pathPart="{proxy+}"
            )["id"],
            "httpMethod": "ANY",
        }
        if authorizer:
            by = control.create_authorizer(
                restApiId=api["id"], name="guard", authorizerUri=_uri(remembers.arn), **authorizer
            )["id"]
            control.put_method(**of, authorizationType="CUSTOM", authorizerId=by)
        else:
            control.put_method(**of, authorizationType="NONE")
        control.put_integration(**of, type="AWS_PROXY", integrationHttpMethod="POST", uri=_uri(remembers.arn))
        control.create_deployment(restApiId=api["id"], stageName="prod", variables={"baz": "qux"})
        remembers.allow("apigateway.amazonaws.com", f"arn:aws:execute-api:{HERE}:{api['id']}/*")
        return lab.url(f"https://{api['id']}.execute-api.us-east-1.amazonaws.com/prod/path/to?foo=bar")

    return make


def _uri(function_arn: str) -> str:
    return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function_arn}/invocations"


@pytest.mark.source("API Gateway (REST)", "the event beside AWS's sample")
def test_rest_api(function: Callable[..., Remembering], rest_api: Callable[..., str]) -> None:
    remembers = function()
    requests.post(rest_api(remembers), data=b"text", timeout=20)
    (event,) = remembers.events()
    published = sample("apigateway/AwsProxy")
    # The text with which the tool fills this in is a document.
    published["queryStringParameters"] = {"foo": "bar"}
    # Newer than the sample; they stand in the guide's.
    newer = ("deploymentId", "domainName", "domainPrefix", "extendedRequestId", "identity.principalOrgId")
    left = without(differences(event, published), *(f"requestContext.{name}" for name in newer))
    assert left == {}


@pytest.mark.source("API Gateway (REST)", "an authorizer's event beside AWS's sample")
def test_authorizer_of_a_token(function: Callable[..., Remembering], rest_api: Callable[..., str]) -> None:
    remembers = function()
    url = rest_api(remembers, type="TOKEN", identitySource="method.request.header.Authorization")
    requests.get(url, headers={"Authorization": "incoming-client-token"}, timeout=20)
    (event,) = remembers.events()
    assert differences(event, sample("apigateway/ApiGatewayAuthorizer")) == {}


@pytest.mark.source("API Gateway (REST)", "an authorizer's event beside AWS's sample")
def test_authorizer_of_a_request(function: Callable[..., Remembering], rest_api: Callable[..., str]) -> None:
    remembers = function()
    url = rest_api(remembers, type="REQUEST", identitySource="method.request.header.Authorization")
    requests.get(url, headers={"Authorization": "incoming-client-token"}, timeout=20)
    (event,) = remembers.events()
    assert event["methodArn"].startswith(f"arn:aws:execute-api:us-east-1:{ACCOUNT}:")
    # The sample shows a part of what is sent, and the client certificate and API key of a request that had them.
    without_a_path = event | {"pathParameters": {}}
    missing = {
        place: there
        for place, (here, there) in differences(
            without_a_path, sample("apigateway/ApiGatewayRestRequestAuthorizer")
        ).items()
        if there and here != there
    }
    assert without(missing, "requestContext.identity.apiKey", "requestContext.identity.clientCert") == {}
