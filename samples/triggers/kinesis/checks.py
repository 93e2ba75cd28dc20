"""The exercises of "Amazon Kinesis". Each check puts readings into the stream, and looks at what became of them."""

import base64
import json
import uuid
from pathlib import Path

import boto3
import lambdalab
from lambdalab.exercises import Exercise, NotYet

SOLUTIONS = Path(__file__).parent / "solutions"


def there(name):
    """A function must be there before it can be looked at."""
    client = boto3.client("lambda")
    try:
        client.get_function_configuration(FunctionName=name)
    except client.exceptions.ResourceNotFoundException:
        raise NotYet(f"There is no function called {name}. Run the cells from the top.") from None


def send(readings):
    """One call, one sensor: all lie in one shard, in this order. Then some time passes."""
    lab = lambdalab.start()
    records = [{"PartitionKey": reading["sensor"], "Data": json.dumps(reading).encode()} for reading in readings]
    boto3.client("kinesis").put_records(StreamName="readings", Records=records)
    lab.settle()
    lab.clock.advance(minutes=10)
    lab.settle()


def printed(name, tag):
    """The lines of a function's log with this tag in them."""
    logs = boto3.client("logs")
    try:
        events = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    except logs.exceptions.ResourceNotFoundException:
        return []
    return [event["message"].strip() for event in events if tag in event["message"]]


def received(url):
    """All messages of a queue, which then is empty."""
    sqs, found = boto3.client("sqs"), []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages"):
        found += messages
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def hottest():
    there("hottest")
    for celsius in ([3, 21, 8], [-5, -9]):
        readings = [{"sensor": "roof", "number": number, "celsius": each} for number, each in enumerate(celsius)]
        records = [
            {"kinesis": {"data": base64.b64encode(json.dumps(reading).encode()).decode()}} for reading in readings
        ]
        response = boto3.client("lambda").invoke(
            FunctionName="hottest", Payload=json.dumps({"Records": records}).encode()
        )
        found = json.load(response["Payload"])
        if "FunctionError" in response:
            raise NotYet(
                f"It raised {found['errorType']}: {found['errorMessage']}. The first record's data is "
                f"{records[0]['kinesis']['data'][:24]}…, which is no JSON yet. What is it?"
            )
        if found != max(celsius):
            raise NotYet(f"Of {celsius} it returned {json.dumps(found)}. Wanted is {max(celsius)}.")
    return "21 and -5: the data is decoded, then read."


def report():
    there("report")
    tag = f"roof-{uuid.uuid4().hex[:6]}"
    readings = [{"sensor": tag, "number": number, "celsius": 20} for number in range(1, 6)]
    del readings[2]["celsius"]
    send(readings)
    lines = printed("report", tag)
    times = [sum(f"{tag} {number} has" in line for line in lines) for number in (1, 2)]
    if times == [1, 1]:
        return "Readings 1 and 2 were processed once. From the third on it was tried again, then given up."
    if max(times) > 1:
        raise NotYet(
            f"Five readings, the third without celsius. The first two were processed {times[0]} and {times[1]} times: "
            "the whole batch came again, because the mapping does not know how far you got. Where could you say it?"
        )
    raise NotYet(
        f"Five readings were sent, the third without celsius. The first two were processed {times[0]} and {times[1]} "
        "times. Wanted is once each."
    )


def stubborn():
    there("stubborn")
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="failed-readings")["QueueUrl"]
    received(url)  # what an earlier check has left
    tag = f"roof-{uuid.uuid4().hex[:6]}"
    send([{"sensor": tag, "number": number, "celsius": 2000 if number == 3 else 20} for number in range(1, 6)])
    lines = printed("stubborn", tag)
    missing = [number for number in (1, 2, 4, 5) if not any(f"{tag} {number} is fine" in line for line in lines)]
    noted = received(url)
    if missing:
        raise NotYet(
            f"Five readings, the third impossible. Of the good ones {missing} were not processed: they stand behind "
            "it, or in the same batch. Which setting gives up, and which one gets the bad one alone?"
        )
    if not noted:
        raise NotYet("The good ones are processed, and the bad one is gone without a trace. Where is it to be noted?")
    size = json.loads(noted[0]["Body"])["KinesisBatchInfo"]["batchSize"]
    if size != 1:
        raise NotYet(f"The note is about {size} records; one was bad. Which setting gets it alone?")
    return "Four good readings are processed, and the bad one has left a note: where it was, in which shard."


EXERCISES = {
    "hottest": Exercise(
        hottest,
        (
            "The data of a record may be any bytes, so it travels in base64.",
            'base64.b64decode(record["kinesis"]["data"]) gives the bytes that the sensor sent.',
        ),
        SOLUTIONS / "hottest.cell",
    ),
    "report": Exercise(
        report,
        (
            "A try around the work for one record. What failed first ends the loop: what comes after waits for it.",
            'return {"batchItemFailures": [{"itemIdentifier": record["kinesis"]["sequenceNumber"]}]}',
        ),
        SOLUTIONS / "report.cell",
    ),
    "stubborn": Exercise(
        stubborn,
        (
            "Three settings, which the notebook used above: retries, bisect, destination.",
            'MaximumRetryAttempts counts after the first try. The destination is {"OnFailure": {"Destination": …}}.',
        ),
        SOLUTIONS / "stubborn.cell",
    ),
}
