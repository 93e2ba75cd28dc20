"""DynamoDB Streams: what a write becomes, and how it reaches a function."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from .conftest import REMEMBERS

if TYPE_CHECKING:
    from .conftest import Wiring

STREAMS = "DynamoDB Streams"
VIEWS = ("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES")


def table(wiring: Wiring, view: str | None = "NEW_AND_OLD_IMAGES", **more: Any) -> str:
    """A table; its stream's ARN."""
    answer = wiring.client("dynamodb").create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        **({"StreamSpecification": {"StreamEnabled": True, "StreamViewType": view}} if view else {}),
        **more,
    )
    return str(answer["TableDescription"].get("LatestStreamArn"))


def put(wiring: Wiring, name: str, **attributes: Any) -> None:
    wiring.client("dynamodb").put_item(TableName="orders", Item={"id": {"S": name}, **attributes})


def changes(wiring: Wiring) -> list[Any]:
    """The records that the function got, in order."""
    return [record for event in wiring.events() for record in event["Records"]]


@pytest.mark.source(STREAMS, "the four view types")
@pytest.mark.parametrize("view", VIEWS)
def test_a_record_has_the_images_that_the_view_type_names(wiring: Wiring, view: str) -> None:
    wiring.function(REMEMBERS)
    wiring.map(table(wiring, view), StartingPosition="LATEST")
    put(wiring, "1", state={"S": "open"})
    put(wiring, "1", state={"S": "paid"})
    wiring.client("dynamodb").delete_item(TableName="orders", Key={"id": {"S": "1"}})
    found = changes(wiring)
    assert [record["eventName"] for record in found] == ["INSERT", "MODIFY", "REMOVE"]
    new, old = view in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES"), view in ("OLD_IMAGE", "NEW_AND_OLD_IMAGES")
    images = [{"NewImage", "OldImage"} & set(record["dynamodb"]) for record in found]
    assert images == [
        {"NewImage"} if new else set(),
        ({"NewImage"} if new else set()) | ({"OldImage"} if old else set()),
        {"OldImage"} if old else set(),
    ]
    assert {record["dynamodb"]["StreamViewType"] for record in found} == {view}
    assert all(record["dynamodb"]["Keys"] == {"id": {"S": "1"}} for record in found)


@pytest.mark.source(STREAMS, "the event, key by key")
def test_the_event_has_the_documented_form(wiring: Wiring) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html; the sizes are those of its sample."""
    wiring.function(REMEMBERS)
    wiring.client("dynamodb").create_table(
        TableName="messages",
        KeySchema=[{"AttributeName": "Id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "Id", "AttributeType": "N"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    arn = wiring.client("dynamodb").describe_table(TableName="messages")["Table"]["LatestStreamArn"]
    wiring.map(arn, StartingPosition="TRIM_HORIZON")
    for text in ("New item!", "This item has changed"):
        item = {"Id": {"N": "101"}, "Message": {"S": text}}
        wiring.client("dynamodb").put_item(TableName="messages", Item=item)
    inserted, modified = changes(wiring)
    change = inserted["dynamodb"]
    assert len(inserted.pop("eventID")) == 32
    assert abs(change.pop("ApproximateCreationDateTime") - time.time()) < 60
    assert change.pop("SequenceNumber").isdigit()
    assert inserted == {
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "Keys": {"Id": {"N": "101"}},
            "NewImage": {"Message": {"S": "New item!"}, "Id": {"N": "101"}},
            "SizeBytes": 26,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
        "eventSourceARN": arn,
    }
    assert modified["dynamodb"]["SizeBytes"] == 59
    assert modified["dynamodb"]["OldImage"] == change["NewImage"]


@pytest.mark.source(STREAMS, "all types of attributes")
def test_attributes_of_all_types_come_as_the_api_writes_them(wiring: Wiring) -> None:
    wiring.function(REMEMBERS)
    wiring.map(table(wiring), StartingPosition="LATEST")
    written = {
        "text": {"S": "grün"},
        "number": {"N": "-12.5"},
        "bytes": {"B": b"foobar"},
        "yes": {"BOOL": True},
        "nothing": {"NULL": True},
        "list": {"L": [{"S": "a"}, {"N": "1"}]},
        "map": {"M": {"inner": {"B": b"\x00"}}},
        "numbers": {"NS": ["1", "2"]},
    }
    put(wiring, "1", **written)
    [record] = changes(wiring)
    image = record["dynamodb"]["NewImage"]
    assert image.pop("bytes") == {"B": "Zm9vYmFy"}
    assert image.pop("map") == {"M": {"inner": {"B": "AA=="}}}
    assert image.pop("id") == {"S": "1"}
    assert image == {name: value for name, value in written.items() if name not in ("bytes", "map")}


@pytest.mark.source(STREAMS, "starting position: TRIM_HORIZON and LATEST")
@pytest.mark.parametrize(("position", "seen"), [("TRIM_HORIZON", ["1", "2"]), ("LATEST", ["2"])])
def test_a_new_mapping_starts_at_its_starting_position(wiring: Wiring, position: str, seen: list[str]) -> None:
    wiring.function(REMEMBERS)
    stream = table(wiring)
    put(wiring, "1")
    wiring.map(stream, StartingPosition=position)
    put(wiring, "2")
    assert [record["dynamodb"]["Keys"]["id"]["S"] for record in changes(wiring)] == seen


@pytest.mark.source(STREAMS, "filters")
def test_filters_look_at_names_and_images(wiring: Wiring) -> None:
    wiring.function(REMEMBERS)
    pattern = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"state": {"S": [{"prefix": "pa"}]}}}}
    criteria = {"Filters": [{"Pattern": json.dumps(pattern)}]}
    wiring.map(table(wiring), StartingPosition="LATEST", FilterCriteria=criteria)
    put(wiring, "1", state={"S": "paid"})
    put(wiring, "1", state={"S": "packed"})
    put(wiring, "2", state={"S": "open"})
    assert [record["dynamodb"]["NewImage"]["state"]["S"] for record in changes(wiring)] == ["paid"]


@pytest.mark.source(STREAMS, "a write that changes nothing makes no record")
def test_writing_an_unchanged_item_makes_no_record(wiring: Wiring) -> None:
    wiring.function(REMEMBERS)
    wiring.map(table(wiring), StartingPosition="LATEST")
    put(wiring, "1", state={"S": "open"})
    put(wiring, "1", state={"S": "open"})
    assert len(changes(wiring)) == 1


@pytest.mark.source(STREAMS, "UpdateItem, BatchWriteItem and transactions")
def test_every_way_of_writing_makes_its_records(wiring: Wiring) -> None:
    wiring.function(REMEMBERS)
    wiring.map(table(wiring), StartingPosition="LATEST")
    dynamodb = wiring.client("dynamodb")

    def update(name: str, number: str) -> None:
        dynamodb.update_item(
            TableName="orders",
            Key={"id": {"S": name}},
            UpdateExpression="SET amount = :amount",
            ExpressionAttributeValues={":amount": {"N": number}},
        )

    update("1", "5")
    update("1", "6")
    dynamodb.batch_write_item(
        RequestItems={"orders": [{"PutRequest": {"Item": {"id": {"S": name}}}} for name in ("2", "3")]}
    )
    dynamodb.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": "orders", "Item": {"id": {"S": "4"}}}},
            {"Delete": {"TableName": "orders", "Key": {"id": {"S": "2"}}}},
        ]
    )
    found = [(record["eventName"], record["dynamodb"]["Keys"]["id"]["S"]) for record in changes(wiring)]
    assert found == [
        ("INSERT", "1"),
        ("MODIFY", "1"),
        ("INSERT", "2"),
        ("INSERT", "3"),
        ("INSERT", "4"),
        ("REMOVE", "2"),
    ]
    first, second = changes(wiring)[:2]
    assert first["dynamodb"]["NewImage"] == {"id": {"S": "1"}, "amount": {"N": "5"}}
    assert second["dynamodb"]["OldImage"] == first["dynamodb"]["NewImage"]


@pytest.mark.source(STREAMS, "UpdateItem, BatchWriteItem and transactions")
def test_a_transaction_that_fails_leaves_no_record(wiring: Wiring) -> None:
    wiring.function(REMEMBERS)
    wiring.map(table(wiring), StartingPosition="LATEST")
    put(wiring, "1")
    dynamodb = wiring.client("dynamodb")
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
        dynamodb.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": "orders", "Item": {"id": {"S": "2"}}}},
                {
                    "Put": {
                        "TableName": "orders",
                        "Item": {"id": {"S": "1"}},
                        "ConditionExpression": "attribute_not_exists(id)",
                    }
                },
            ]
        )
    put(wiring, "3")
    assert [record["dynamodb"]["Keys"]["id"]["S"] for record in changes(wiring)] == ["1", "3"]


@pytest.mark.source(STREAMS, "UpdateItem, BatchWriteItem and transactions")
def test_many_writers_at_once_make_each_of_their_records(wiring: Wiring) -> None:
    wiring.function(REMEMBERS)
    wiring.map(table(wiring), StartingPosition="LATEST")
    dynamodb = wiring.client("dynamodb")

    def write(name: str) -> None:
        put(wiring, f"put-{name}")
        for number in range(2):
            dynamodb.update_item(
                TableName="orders",
                Key={"id": {"S": f"update-{name}"}},
                UpdateExpression="SET amount = :amount",
                ExpressionAttributeValues={":amount": {"N": str(number)}},
            )

    names = [str(number) for number in range(20)]
    if wiring.account.kind == "server":
        with ThreadPoolExecutor(8) as writers:
            list(writers.map(write, names))
    else:
        for name in names:
            write(name)
    found = [(record["dynamodb"]["Keys"]["id"]["S"], record["eventName"]) for record in changes(wiring)]
    assert sorted(found) == sorted(
        change
        for name in names
        for change in ((f"put-{name}", "INSERT"), (f"update-{name}", "INSERT"), (f"update-{name}", "MODIFY"))
    )


def test_a_record_stays_as_it_was_when_its_item_changes(wiring: Wiring) -> None:
    wiring.function(REMEMBERS)
    put_into = table(wiring)
    put(wiring, "1", goods={"M": {"tea": {"N": "1"}}}, tags={"L": [{"S": "a"}]})
    wiring.client("dynamodb").update_item(
        TableName="orders",
        Key={"id": {"S": "1"}},
        UpdateExpression="SET goods.tea = :two, tags[0] = :b",
        ExpressionAttributeValues={":two": {"N": "2"}, ":b": {"S": "b"}},
    )
    wiring.map(put_into, StartingPosition="TRIM_HORIZON")
    first, second = (record["dynamodb"] for record in changes(wiring))
    assert first["NewImage"]["goods"] == {"M": {"tea": {"N": "1"}}}
    assert first["NewImage"] == second["OldImage"]
    assert second["NewImage"]["tags"] == {"L": [{"S": "b"}]}


@pytest.mark.source(STREAMS, "time to live: who deleted the item (userIdentity)")
def test_an_expired_item_is_deleted_by_the_service(wiring: Wiring) -> None:
    wiring.function(REMEMBERS)
    wiring.map(table(wiring), StartingPosition="LATEST")
    dynamodb = wiring.client("dynamodb")
    specification = {"Enabled": True, "AttributeName": "expires"}
    dynamodb.update_time_to_live(TableName="orders", TimeToLiveSpecification=specification)
    put(wiring, "1", expires={"N": str(int(time.time()) + 3600)})
    put(wiring, "2", expires={"N": str(int(time.time()) + 360_000)})
    wiring.later(hours=2)
    removed = [record for record in changes(wiring) if record["eventName"] == "REMOVE"]
    assert [record["dynamodb"]["Keys"]["id"]["S"] for record in removed] == ["1"]
    assert removed[0]["userIdentity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    assert [item["id"]["S"] for item in dynamodb.scan(TableName="orders")["Items"]] == ["2"]


@pytest.mark.source(STREAMS, "a stream that is switched off, and on again")
def test_a_table_goes_on_without_its_stream_and_gets_a_new_one(wiring: Wiring) -> None:
    wiring.function(REMEMBERS)
    first = table(wiring)
    wiring.map(first, StartingPosition="TRIM_HORIZON", Enabled=False)
    put(wiring, "1")
    dynamodb = wiring.client("dynamodb")
    dynamodb.update_table(TableName="orders", StreamSpecification={"StreamEnabled": False})
    put(wiring, "2")
    again = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    second = dynamodb.update_table(TableName="orders", StreamSpecification=again)["TableDescription"]["LatestStreamArn"]
    put(wiring, "3")
    assert second != first
    [mapping] = wiring.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    wiring.client("lambda").update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)
    assert [record["dynamodb"]["Keys"]["id"]["S"] for record in changes(wiring)] == ["1"]


@pytest.mark.source(STREAMS, "on-failure destination: a queue")
def test_a_failure_record_of_a_poison_record_is_sent_to_a_queue_and_the_stream_goes_on(wiring: Wiring) -> None:
    source = REMEMBERS + (
        "    if any(r['dynamodb']['Keys']['id']['S'] == 'poison' for r in event['Records']): raise ValueError('no')\n"
    )
    wiring.function(source)
    stream, failures = table(wiring), wiring.queue("failures")
    wiring.map(
        stream,
        StartingPosition="LATEST",
        MaximumRetryAttempts=1,
        BisectBatchOnFunctionError=True,
        DestinationConfig={"OnFailure": {"Destination": failures}},
    )
    request = [{"PutRequest": {"Item": {"id": {"S": name}}}} for name in ("a", "poison", "b", "c")]
    wiring.client("dynamodb").batch_write_item(RequestItems={"orders": request})
    wiring.later(minutes=1)
    [told] = wiring.account.records("failures")
    info = told.pop("DDBStreamBatchInfo")
    assert set(told) == {"requestContext", "responseContext", "version", "timestamp"}
    assert told["requestContext"]["functionArn"] == "arn:aws:lambda:us-east-1:123456789012:function:worker"
    assert told["requestContext"]["approximateInvokeCount"] == 2
    assert info["batchSize"] == 1
    assert info["streamArn"] == stream
    assert set(info) == {
        "shardId",
        "startSequenceNumber",
        "endSequenceNumber",
        "approximateArrivalOfFirstRecord",
        "approximateArrivalOfLastRecord",
        "batchSize",
        "streamArn",
    }
    poison = [r for r in changes(wiring) if r["dynamodb"]["Keys"]["id"]["S"] == "poison"]
    assert info["startSequenceNumber"] == info["endSequenceNumber"] == poison[0]["dynamodb"]["SequenceNumber"]


@pytest.mark.source(STREAMS, "on-failure destination: a bucket, with the event")
def test_a_bucket_gets_the_event_too(wiring: Wiring) -> None:
    wiring.function("def handler(event, context): raise ValueError('no')")
    wiring.client("s3").create_bucket(Bucket="failures")
    mapping = wiring.map(
        table(wiring),
        StartingPosition="LATEST",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": "arn:aws:s3:::failures"}},
    )
    put(wiring, "1")
    wiring.account.lab.settle()
    [entry] = wiring.client("s3").list_objects_v2(Bucket="failures")["Contents"]
    assert entry["Key"].startswith(f"aws/lambda/{mapping}/shardId-")
    told = json.loads(wiring.client("s3").get_object(Bucket="failures", Key=entry["Key"])["Body"].read())
    [record] = json.loads(told["payload"])["Records"]
    assert record["dynamodb"]["Keys"] == {"id": {"S": "1"}}


@pytest.mark.source(STREAMS, "on-failure destination: a topic")
def test_a_topic_gets_the_failure_record(wiring: Wiring) -> None:
    wiring.function("def handler(event, context): raise ValueError('no')")
    topic = wiring.client("sns").create_topic(Name="failures")["TopicArn"]
    wiring.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=wiring.queue("heard"))
    statement = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:*", "Resource": "*"}
    wiring.client("sqs").set_queue_attributes(
        QueueUrl=wiring.urls["heard"],
        Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})},
    )
    wiring.map(
        table(wiring),
        StartingPosition="LATEST",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": topic}},
    )
    put(wiring, "1")
    wiring.account.lab.settle()
    [heard] = wiring.account.records("heard")
    assert json.loads(heard["Message"])["DDBStreamBatchInfo"]["batchSize"] == 1


@pytest.mark.differs(
    STREAMS, "shards", "a stream has one shard, which never closes; AWS has one a partition, for 4 hours"
)
def test_a_stream_has_one_shard(wiring: Wiring) -> None:
    stream = table(wiring)
    answer = wiring.client("dynamodbstreams").describe_stream(StreamArn=stream)
    assert len(answer["StreamDescription"]["Shards"]) == 1
