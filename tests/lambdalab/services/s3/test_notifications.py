"""Amazon S3 tells functions, queues, topics and EventBridge what happens to objects."""

from __future__ import annotations

import json
import urllib.parse
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from tests.lambdalab.packages import allowing, zipped

from ..conftest import ACCOUNT, HERE

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab

    Clients = Callable[[str], Any]

BUCKET = "arn:aws:s3:::photos"
QUEUE, TOPIC = f"arn:aws:sqs:{HERE}:told", f"arn:aws:sns:{HERE}:told"
FUNCTION = f"arn:aws:lambda:{HERE}:function:remembers"
ALL = [
    *(f"s3:{kind}:*" for kind in ("ObjectCreated", "ObjectRemoved", "ObjectRestore", "ObjectTagging")),
    "s3:ObjectAcl:Put",
]


@pytest.fixture
def s3(client: Clients) -> Any:
    """A client, and a bucket "photos"."""
    client("s3").create_bucket(Bucket="photos")
    return client("s3")


@pytest.fixture
def tell(s3: Any, function: Callable[..., Any]) -> Callable[..., Any]:
    """Has the bucket tell a function of events; the function."""

    def configure(*events: str, rules: dict[str, str] | None = None) -> Any:
        remembers = function()
        remembers.allow("s3.amazonaws.com", BUCKET)
        configured(s3, LambdaFunctionConfigurations=[to(FUNCTION, *events, rules=rules)])
        return remembers

    return configure


def to(arn: str, *events: str, rules: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    """One destination."""
    member = {"lambda": "LambdaFunctionArn", "sqs": "QueueArn", "sns": "TopicArn"}.get(
        f"{arn}:::".split(":")[2], "QueueArn"
    )
    entry: dict[str, Any] = {member: arn, "Events": list(events or ["s3:ObjectCreated:*"]), **more}
    if rules:
        entry["Filter"] = {"Key": {"FilterRules": [{"Name": name, "Value": text} for name, text in rules.items()]}}
    return entry


def configured(s3: Any, *, skip: bool = False, **notification: Any) -> None:
    s3.put_bucket_notification_configuration(
        Bucket="photos", NotificationConfiguration=notification, SkipDestinationValidation=skip
    )


def refused(s3: Any, **notification: Any) -> dict[str, Any]:
    """The error of a configuration."""
    with pytest.raises(ClientError) as caught:
        configured(s3, **notification)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    error: dict[str, Any] = caught.value.response["Error"]
    assert error["Code"] == "InvalidArgument"
    return error


def names(remembers: Any) -> list[str]:
    return [event["Records"][0]["eventName"] for event in remembers.events()]


def objects(remembers: Any) -> list[dict[str, Any]]:
    return [event["Records"][0]["s3"]["object"] for event in remembers.events()]


# What happens ------------------------------------------------------------------------------------------------------


@pytest.mark.source("Amazon S3", "ObjectCreated events")
def test_a_put_is_told_with_all_that_s3_tells(s3: Any, tell: Callable[..., Any]) -> None:
    remembers = tell()
    etag = s3.put_object(Bucket="photos", Key="a/b c.jpg", Body=b"12345", Metadata={"x": "y"}, Tagging="a=b")["ETag"]
    [event] = remembers.events()
    [record] = event["Records"]
    assert record["eventSource"] == "aws:s3"
    assert record["eventName"] == "ObjectCreated:Put"
    assert record["awsRegion"] == "us-east-1"
    assert record["requestParameters"] == {"sourceIPAddress": "127.0.0.1"}
    assert record["s3"]["bucket"]["name"] == "photos"
    assert record["s3"]["bucket"]["arn"] == BUCKET
    found = record["s3"]["object"]
    assert {name: found[name] for name in ("key", "size", "eTag")} == {
        "key": "a/b+c.jpg",
        "size": 5,
        "eTag": etag.strip('"'),
    }
    assert "versionId" not in found


@pytest.mark.source("Amazon S3", "ObjectCreated events")
def test_each_way_to_create_an_object_makes_one_event(s3: Any, tell: Callable[..., Any]) -> None:
    remembers = tell(*ALL)
    s3.put_object(Bucket="photos", Key="put", Body=b"x", Tagging="a=b", ACL="public-read")
    s3.copy_object(Bucket="photos", Key="copy", CopySource="photos/put")
    upload = s3.create_multipart_upload(Bucket="photos", Key="parts", Tagging="a=b")["UploadId"]
    part = {"Bucket": "photos", "Key": "parts", "UploadId": upload, "PartNumber": 1}
    etag = s3.upload_part(**part, Body=b"12")["ETag"]
    parts = {"Parts": [{"ETag": etag, "PartNumber": 1}]}
    s3.complete_multipart_upload(Bucket="photos", Key="parts", UploadId=upload, MultipartUpload=parts)
    post_form(s3, {"key": "post"}, b"123")
    assert sorted(names(remembers)) == [
        "ObjectCreated:CompleteMultipartUpload",
        "ObjectCreated:Copy",
        "ObjectCreated:Post",
        "ObjectCreated:Put",
    ]
    assert {found["key"]: found["size"] for found in objects(remembers)} == {"put": 1, "copy": 1, "parts": 2, "post": 3}


def post_form(s3: Any, fields: dict[str, str], file: bytes) -> None:
    """Upload as a form in a web page does; signed in a header, as the lab's server wants it."""
    form = requests.Request("POST", f"{s3.meta.endpoint_url}/photos", data=fields, files={"file": file}).prepare()
    request = AWSRequest("POST", form.url, data=form.body, headers={"Content-Type": form.headers["Content-Type"]})
    S3SigV4Auth(boto3.Session().get_credentials(), "s3", "us-east-1").add_auth(request)
    requests.post(form.url, data=form.body, headers=dict(request.headers), timeout=20).raise_for_status()


@pytest.mark.differs("Amazon S3", "uploads by a form of a web page", "refused: the lab checks signatures in headers")
def test_a_form_without_a_signed_header_is_refused(s3: Any, tell: Callable[..., Any]) -> None:
    remembers = tell()
    form = s3.generate_presigned_post("photos", "post", ExpiresIn=300)
    answer = requests.post(form["url"], data=form["fields"], files={"file": b"123"}, timeout=20)
    assert answer.status_code == 403
    assert remembers.events() == []


@pytest.mark.source("Amazon S3", "ObjectRemoved events")
def test_what_is_deleted_is_told_and_what_was_not_there_is_not(s3: Any, tell: Callable[..., Any]) -> None:
    remembers = tell("s3:ObjectRemoved:*")
    for key in "abc":
        s3.put_object(Bucket="photos", Key=key, Body=b"x")
    s3.delete_object(Bucket="photos", Key="a")
    s3.delete_object(Bucket="photos", Key="gone")
    s3.delete_objects(Bucket="photos", Delete={"Objects": [{"Key": "b"}, {"Key": "c"}]})
    assert names(remembers) == ["ObjectRemoved:Delete"] * 3
    assert sorted(found["key"] for found in objects(remembers)) == ["a", "b", "c"]
    assert {tuple(found) for found in objects(remembers)} == {("key", "sequencer")}


@pytest.mark.source("Amazon S3", "versions")
def test_with_versions_a_delete_makes_a_marker_and_a_version_is_really_deleted(
    s3: Any, tell: Callable[..., Any]
) -> None:
    remembers = tell(*ALL)
    s3.put_bucket_versioning(Bucket="photos", VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket="photos", Key="a", Body=b"1")["VersionId"]
    second = s3.put_object(Bucket="photos", Key="a", Body=b"2")["VersionId"]
    marker = s3.delete_object(Bucket="photos", Key="a")["VersionId"]
    s3.delete_object(Bucket="photos", Key="a", VersionId=first)
    s3.delete_object(Bucket="photos", Key="a", VersionId=marker)
    s3.delete_object(Bucket="photos", Key="a", VersionId="nobody")
    told = {(name, found["versionId"]) for name, found in zip(names(remembers), objects(remembers), strict=True)}
    assert told == {
        ("ObjectCreated:Put", first),
        ("ObjectCreated:Put", second),
        ("ObjectRemoved:DeleteMarkerCreated", marker),
        ("ObjectRemoved:Delete", first),
        ("ObjectRemoved:Delete", marker),
    }


@pytest.mark.source("Amazon S3", "tags and ACLs")
def test_tags_and_acls_are_told(s3: Any, tell: Callable[..., Any]) -> None:
    s3.put_object(Bucket="photos", Key="a", Body=b"x")
    remembers = tell(*ALL)
    s3.put_object_tagging(Bucket="photos", Key="a", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
    s3.delete_object_tagging(Bucket="photos", Key="a")
    s3.put_object_acl(Bucket="photos", Key="a", ACL="public-read")
    assert sorted(names(remembers)) == ["ObjectAcl:Put", "ObjectTagging:Delete", "ObjectTagging:Put"]
    assert {tuple(found) for found in objects(remembers)} == {("key", "eTag")}


@pytest.mark.source("Amazon S3", "ObjectRestore events")
def test_a_restore_is_told_when_it_is_asked_for(s3: Any, tell: Callable[..., Any]) -> None:
    s3.put_object(Bucket="photos", Key="old", Body=b"x", StorageClass="GLACIER")
    remembers = tell("s3:ObjectRestore:*")
    s3.restore_object(Bucket="photos", Key="old", RestoreRequest={"Days": 1})
    assert "ObjectRestore:Post" in names(remembers)


@pytest.mark.differs("Amazon S3", "LifecycleExpiration events", "objects do not expire in the lab")
def test_objects_do_not_expire(lab: Lab, s3: Any, tell: Callable[..., Any]) -> None:
    remembers = tell("s3:LifecycleExpiration:*")
    rule = {"ID": "x", "Filter": {"Prefix": ""}, "Status": "Enabled", "Expiration": {"Days": 1}}
    s3.put_bucket_lifecycle_configuration(Bucket="photos", LifecycleConfiguration={"Rules": [rule]})
    s3.put_object(Bucket="photos", Key="a", Body=b"x")
    lab.clock.advance(days=3)
    assert remembers.events() == []
    assert s3.head_object(Bucket="photos", Key="a")["ContentLength"] == 1


@pytest.mark.source("Amazon S3", "who made the request")
def test_the_event_says_who_it_was(client: Clients, lab: Lab, s3: Any, tell: Callable[..., Any]) -> None:
    remembers = tell()
    lab.role("writer", allowing("s3:PutObject", resource="*"))
    writes = "import boto3\ndef handler(event, context):\n    boto3.client('s3').put_object(Bucket='photos', Key='k')"
    aws_lambda = client("lambda")
    aws_lambda.create_function(
        FunctionName="writes",
        Runtime="python3.13",
        Role=f"arn:aws:iam::{ACCOUNT}:role/writer",
        Handler="app.handler",
        Code={"ZipFile": zipped({"app.py": writes})},
        Timeout=20,
    )
    aws_lambda.invoke(FunctionName="writes")
    [event] = remembers.events()
    principal = event["Records"][0]["userIdentity"]["principalId"]
    role_id = client("iam").get_role(RoleName="writer")["Role"]["RoleId"]
    assert principal == f"AWS:{role_id}:writes"


def test_a_failed_request_is_no_event(s3: Any, tell: Callable[..., Any]) -> None:
    remembers = tell(*ALL)
    with pytest.raises(ClientError):
        s3.put_object(Bucket="photos", Key="a", Body=b"x", StorageClass="NONSENSE")
    assert remembers.events() == []


@pytest.mark.source("Amazon S3", "sequencer")
def test_of_two_events_the_later_has_the_greater_sequencer(s3: Any, tell: Callable[..., Any]) -> None:
    remembers = tell("s3:ObjectCreated:*", "s3:ObjectRemoved:*")
    for size in range(5):
        s3.put_object(Bucket="photos", Key="a", Body=b"x" * size)
    s3.delete_object(Bucket="photos", Key="a")
    told = sorted(objects(remembers), key=lambda found: found["sequencer"])
    assert [found.get("size") for found in told] == [0, 1, 2, 3, 4, None]


def test_of_many_uploads_at_once_each_is_told_once(s3: Any, tell: Callable[..., Any]) -> None:
    remembers = tell()
    keys = [f"{number}" for number in range(60)]
    with ThreadPoolExecutor(6) as people:
        list(people.map(lambda key: s3.put_object(Bucket="photos", Key=key, Body=b""), keys))
    told = objects(remembers)
    assert sorted(found["key"] for found in told) == sorted(keys)
    assert len({found["sequencer"] for found in told}) == len(keys)


# Which keys --------------------------------------------------------------------------------------------------------


@pytest.mark.source("Amazon S3", "prefix and suffix filters")
def test_a_filter_lets_through_what_begins_and_ends_so(s3: Any, tell: Callable[..., Any]) -> None:
    remembers = tell(rules={"prefix": "in/", "Suffix": ".csv"})
    for key in ("in/a.csv", "in/a.txt", "out/a.csv", "a.csv", "in/.csv", "IN/a.csv"):
        s3.put_object(Bucket="photos", Key=key, Body=b"")
    assert sorted(found["key"] for found in objects(remembers)) == ["in/.csv", "in/a.csv"]


@pytest.mark.source("Amazon S3", "prefix and suffix filters")
@pytest.mark.parametrize("prefix", ["my+photos/", "my%20photos/", "my photos/"])
def test_a_filter_is_written_as_keys_are(s3: Any, tell: Callable[..., Any], prefix: str) -> None:
    remembers = tell(rules={"prefix": prefix})
    s3.put_object(Bucket="photos", Key="my photos/a", Body=b"")
    s3.put_object(Bucket="photos", Key="my+photos/b", Body=b"")
    assert [found["key"] for found in objects(remembers)] == ["my+photos/a"]


@pytest.mark.source("Amazon S3", "encoded keys")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    keys=some.lists(
        some.text("ab /+%&=?#~é日\U0001f600.-_()'\"", min_size=1, max_size=40), min_size=1, max_size=5, unique=True
    )
)
def test_every_key_arrives_and_comes_back(lab: Lab, client: Clients, keys: list[str]) -> None:
    """Without a function, which would take its time: what the queue of a bucket gets."""
    lab.reset()
    s3, sqs = client("s3"), client("sqs")
    s3.create_bucket(Bucket="photos")
    url = with_policy(client, "told")
    configured(s3, QueueConfigurations=[to(QUEUE)])
    stored = [key for key in keys if put(s3, key)]
    told = [
        json.loads(message["Body"])["Records"][0]["s3"]["object"]["key"]
        for _ in range(len(stored) + 1)
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        if "Records" in message["Body"]
    ]
    assert sorted(urllib.parse.unquote_plus(key) for key in told) == sorted(stored)


def put(s3: Any, key: str) -> bool:
    """Put an object, if there can be one of this key: what a URL's path cannot say is refused by moto, not by S3."""
    s3.put_object(Bucket="photos", Key=key, Body=b"")
    return any(each["Key"] == key for each in s3.list_objects_v2(Bucket="photos").get("Contents", []))


# Where to ----------------------------------------------------------------------------------------------------------


def with_policy(client: Clients, name: str, **condition: Any) -> str:
    """A queue that takes messages from S3; its URL."""
    statement = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage"}
    statement |= {"Resource": "*", "Condition": condition or {"ArnLike": {"aws:SourceArn": BUCKET}}}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    url: str = client("sqs").create_queue(QueueName=name, Attributes={"Policy": policy})["QueueUrl"]
    return url


def received(client: Clients, url: str) -> list[Any]:
    messages = client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"]) for message in messages]


@pytest.mark.source("Amazon S3", "to a queue")
def test_a_queue_gets_a_test_message_and_then_the_events(client: Clients, s3: Any) -> None:
    url = with_policy(client, "told")
    configured(s3, QueueConfigurations=[to(QUEUE)])
    [first] = received(client, url)
    assert (first["Event"], first["Bucket"]) == ("s3:TestEvent", "photos")
    s3.put_object(Bucket="photos", Key="a b", Body=b"x")
    [event] = received(client, url)
    assert event["Records"][0]["s3"]["object"]["key"] == "a+b"


@pytest.mark.source("Amazon S3", "to a topic")
def test_a_topic_gets_the_events_as_text(client: Clients, s3: Any, function: Callable[..., Any]) -> None:
    sns, remembers = client("sns"), function()
    statement = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sns:Publish"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Resource": TOPIC}]})
    sns.create_topic(Name="told", Attributes={"Policy": policy})
    remembers.allow("sns.amazonaws.com", TOPIC)
    sns.subscribe(TopicArn=TOPIC, Protocol="lambda", Endpoint=remembers.arn)
    configured(s3, TopicConfigurations=[to(TOPIC)])
    s3.put_object(Bucket="photos", Key="a b", Body=b"x")
    messages = [event["Records"][0]["Sns"] for event in remembers.events()]
    assert {message["Subject"] for message in messages} == {"Amazon S3 Notification"}
    bodies = sorted((json.loads(message["Message"]) for message in messages), key=lambda body: "Records" in body)
    assert bodies[0]["Event"] == "s3:TestEvent"
    assert bodies[1]["Records"][0]["s3"]["object"]["key"] == "a+b"


@pytest.mark.source("Amazon S3", "through EventBridge")
def test_eventbridge_gets_every_event_once_it_is_switched_on(lab: Lab, s3: Any) -> None:
    told: list[dict[str, Any]] = []
    before = lab._parts.service_events.accept
    lab._parts.service_events.accept = lambda bus_arn, event, **more: told.append(event)
    try:
        s3.put_object(Bucket="photos", Key="before", Body=b"x")
        configured(s3, EventBridgeConfiguration={})
        s3.put_object(Bucket="photos", Key="a b", Body=b"x")
        s3.delete_object(Bucket="photos", Key="a b")
    finally:
        lab._parts.service_events.accept = before
    assert [(event["source"], event["detail-type"]) for event in told] == [
        ("aws.s3", "Object Created"),
        ("aws.s3", "Object Deleted"),
    ]
    created = told[0]
    assert uuid.UUID(created["id"])
    assert (created["account"], created["region"], created["resources"]) == (ACCOUNT, "us-east-1", [BUCKET])
    assert created["detail"]["object"]["key"] == "a b"
    assert created["detail"]["requester"] == ACCOUNT


# Permissions -------------------------------------------------------------------------------------------------------


@pytest.mark.source("Amazon S3", "permission of the function")
def test_a_function_must_let_the_bucket_in_when_it_is_configured_and_when_it_is_called(
    client: Clients, s3: Any, function: Callable[..., Any]
) -> None:
    remembers = function()
    error = refused(s3, LambdaFunctionConfigurations=[to(FUNCTION)])
    assert error["Message"] == "Unable to validate the following destination configurations"
    assert error["ArgumentValue1"] == f"Not authorized to invoke function [{FUNCTION}]"
    remembers.allow("s3.amazonaws.com", "arn:aws:s3:::another")
    refused(s3, LambdaFunctionConfigurations=[to(FUNCTION)])
    assert "LambdaFunctionConfigurations" not in s3.get_bucket_notification_configuration(Bucket="photos")
    client("lambda").remove_permission(FunctionName="remembers", StatementId="s3")
    remembers.allow("s3.amazonaws.com", BUCKET)
    configured(s3, LambdaFunctionConfigurations=[to(FUNCTION)])
    s3.put_object(Bucket="photos", Key="a", Body=b"")
    client("lambda").remove_permission(FunctionName="remembers", StatementId="s3")
    s3.put_object(Bucket="photos", Key="lost", Body=b"")
    assert [found["key"] for found in objects(remembers)] == ["a"]


def test_a_function_that_is_gone_loses_its_events(client: Clients, s3: Any, tell: Callable[..., Any]) -> None:
    tell()
    client("lambda").delete_function(FunctionName="remembers")
    s3.put_object(Bucket="photos", Key="a", Body=b"")
    assert s3.head_object(Bucket="photos", Key="a")["ContentLength"] == 0


@pytest.mark.source("Amazon S3", "permission of the queue")
def test_a_queue_must_take_messages_of_the_bucket(client: Clients, s3: Any) -> None:
    error = refused(s3, QueueConfigurations=[to(QUEUE)])
    assert (error["ArgumentName1"], error["ArgumentValue1"]) == (QUEUE, "The destination queue does not exist")
    url = client("sqs").create_queue(QueueName="told")["QueueUrl"]
    error = refused(s3, QueueConfigurations=[to(QUEUE)])
    assert error["ArgumentValue1"] == (
        "Permissions on the destination queue do not allow S3 to publish notifications from this bucket"
    )
    configured(s3, QueueConfigurations=[to(QUEUE)], skip=True)
    s3.put_object(Bucket="photos", Key="a", Body=b"")
    assert received(client, url) == [], "checked again at each delivery"


# Configuration -----------------------------------------------------------------------------------------------------


@pytest.mark.source("Amazon S3", "configuration")
def test_a_configuration_comes_back_as_it_was_given(client: Clients, s3: Any, function: Callable[..., Any]) -> None:
    function().allow("s3.amazonaws.com")
    with_policy(client, "told")
    notification = {
        "LambdaFunctionConfigurations": [to(FUNCTION, Id="one", rules={"Prefix": "in/", "Suffix": ".csv"})],
        "QueueConfigurations": [to(QUEUE, "s3:ObjectRemoved:Delete", "s3:ObjectTagging:*", Id="two")],
        "EventBridgeConfiguration": {},
    }
    configured(s3, **notification)
    found = s3.get_bucket_notification_configuration(Bucket="photos")
    found.pop("ResponseMetadata")
    assert found == notification
    configured(s3)
    found = s3.get_bucket_notification_configuration(Bucket="photos")
    assert set(found) == {"ResponseMetadata"}
    configured(s3, EventBridgeConfiguration={})
    found = s3.get_bucket_notification_configuration(Bucket="photos")
    assert (found["EventBridgeConfiguration"], len(found)) == ({}, 2)


def test_an_id_is_made_where_none_is_given(client: Clients, s3: Any) -> None:
    with_policy(client, "told")
    configured(s3, QueueConfigurations=[to(QUEUE, rules={"prefix": "a"}), to(QUEUE, rules={"prefix": "b"})])
    found = s3.get_bucket_notification_configuration(Bucket="photos")["QueueConfigurations"]
    assert len({each["Id"] for each in found}) == 2
    assert {rule["Name"] for each in found for rule in each["Filter"]["Key"]["FilterRules"]} == {"Prefix"}


@pytest.mark.source("Amazon S3", "overlapping filters")
@pytest.mark.parametrize(
    ("one", "two", "fine"),
    [
        ({}, {}, False),
        ({"prefix": "in/"}, {"prefix": "in/csv/"}, False),
        ({"prefix": "in/"}, {}, False),
        ({"prefix": "in/"}, {"prefix": "out/"}, True),
        ({"suffix": ".csv"}, {"suffix": ".jpg"}, True),
        ({"suffix": ".csv"}, {"suffix": "csv"}, False),
        ({"prefix": "in/", "suffix": ".csv"}, {"prefix": "in/", "suffix": ".jpg"}, True),
        ({"prefix": "in/"}, {"suffix": ".jpg"}, False),
    ],
)
def test_no_event_may_have_two_destinations(
    client: Clients, s3: Any, one: dict[str, str], two: dict[str, str], fine: bool
) -> None:
    with_policy(client, "told")
    rules = [to(QUEUE, "s3:ObjectCreated:*", rules=one), to(QUEUE, "s3:ObjectCreated:Put", rules=two)]
    if fine:
        configured(s3, QueueConfigurations=rules)
        return
    assert "overlap" in refused(s3, QueueConfigurations=rules)["Message"]
    others = [to(QUEUE, "s3:ObjectCreated:Copy", rules=one), to(QUEUE, "s3:ObjectCreated:Put", rules=two)]
    configured(s3, QueueConfigurations=others)


@pytest.mark.parametrize(
    ("entry", "message", "name", "value"),
    [
        (to("invalid-queue"), "The ARN could not be parsed", "Queue", "invalid-queue"),
        ({**to(QUEUE), "QueueArn": TOPIC}, "The ARN is not well formed", "Queue", TOPIC),
        (to(QUEUE, "s3:ObjectEaten:*"), "The event is not supported for notifications", "Event", "s3:ObjectEaten:*"),
        (
            to(QUEUE, rules={"INVALID": "x"}),
            "filter rule name must be either prefix or suffix",
            "FilterRule.Name",
            "INVALID",
        ),
        (
            to(QUEUE, rules={"prefix": "a", "Prefix": "b"}),
            "Cannot specify more than one prefix rule in a filter.",
            "FilterRule.Name",
            "prefix",
        ),
    ],
)
def test_what_s3_does_not_take(s3: Any, entry: dict[str, Any], message: str, name: str, value: str) -> None:
    error = refused(s3, QueueConfigurations=[entry])
    assert (error["Message"], error["ArgumentName"], error["ArgumentValue"]) == (message, name, value)


def test_ids_are_unique(client: Clients, s3: Any) -> None:
    with_policy(client, "told")
    rules = [to(QUEUE, Id="x", rules={"prefix": "a"}), to(QUEUE, Id="x", rules={"prefix": "b"})]
    assert "IDs must be unique" in refused(s3, QueueConfigurations=rules)["Message"]


@pytest.mark.parametrize(
    "body", ["", "no xml", "<NotificationConfiguration><QueueConfiguration/></NotificationConfiguration>"]
)
def test_a_body_that_is_none_is_malformed(s3: Any, body: str) -> None:
    def replace(params: dict[str, Any], **_: Any) -> None:
        params["body"] = body.encode()

    event = "before-call.s3.PutBucketNotificationConfiguration"
    s3.meta.events.register(event, replace, unique_id="body")
    try:
        with pytest.raises(ClientError) as caught:
            configured(s3)
    finally:
        s3.meta.events.unregister(event, unique_id="body")
    assert caught.value.response["Error"]["Code"] == "MalformedXML"


# Circles -----------------------------------------------------------------------------------------------------------

IN_A_CIRCLE = """
import boto3, json
def handler(event, context):
    print("EVENT " + json.dumps(event))
    key = event["Records"][0]["s3"]["object"]["key"]
    boto3.client("s3").put_object(Bucket="photos", Key=key + "x", Body=b"")
"""


@pytest.mark.source("Amazon S3", "recursive loops stopped")
def test_a_function_that_writes_to_the_bucket_that_calls_it_is_stopped(
    client: Clients, s3: Any, function: Callable[..., Any]
) -> None:
    remembers = function(code=IN_A_CIRCLE, policies=("arn:aws:iam::aws:policy/AmazonS3FullAccess",), Timeout=20)
    remembers.allow("s3.amazonaws.com", BUCKET)
    configured(s3, LambdaFunctionConfigurations=[to(FUNCTION)])
    s3.put_object(Bucket="photos", Key="x", Body=b"")
    assert sorted(found["key"] for found in objects(remembers)) == ["x" * length for length in range(1, 17)]
    assert len(s3.list_objects_v2(Bucket="photos")["Contents"]) == 17, "the last was written and told nobody"
