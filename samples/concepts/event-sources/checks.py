"""The exercises of "Event sources". Each check makes something happen at a source, and looks at what came of it."""

import json
import uuid
from pathlib import Path

import boto3
import lambdalab
from lambdalab.exercises import Exercise, NotYet

SOLUTIONS = Path(__file__).parent / "solutions"


def there(name):
    """The ARN of a function."""
    client = boto3.client("lambda")
    try:
        return client.get_function_configuration(FunctionName=name)["FunctionArn"]
    except client.exceptions.ResourceNotFoundException:
        raise NotYet(f"There is no function called {name}. Run the cells from the top.") from None


def words():
    there("words")
    client = boto3.client("lambda")
    cases = (
        ("SQS", {"Records": [{"eventSource": "aws:sqs", "body": word} for word in ("tea", "milk", "bread")]}),
        ("SNS", {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": "salt"}}]}),
    )
    for service, event in cases:
        wanted = [record.get("body") or record["Sns"]["Message"] for record in event["Records"]]
        response = client.invoke(FunctionName="words", Payload=json.dumps(event))
        found = json.load(response["Payload"])
        if "FunctionError" in response:
            raise NotYet(
                f"For an event of {service} it raised {found['errorType']}: {found['errorMessage']}. Its record is "
                f"{json.dumps(event['Records'][0])}. Where is the text?"
            )
        if found != wanted:
            raise NotYet(
                f"{service} handed over {len(wanted)} records, and the function returned {json.dumps(found)}. "
                f"Wanted is {json.dumps(wanted)}."
            )
    return "Three messages of a queue and one of a topic: none is left out."


def doorbell():
    arn = there("doorbell")
    sns, lab = boto3.client("sns"), lambdalab.start()
    topics = [topic["TopicArn"] for topic in sns.list_topics()["Topics"] if topic["TopicArn"].endswith(":visitors")]
    if not topics:
        raise NotYet("There is no topic called visitors. Run the cells from the top.")
    found = sns.list_subscriptions_by_topic(TopicArn=topics[0])["Subscriptions"]
    if not any(each["Endpoint"] == arn for each in found):
        raise NotYet(f"The topic has {len(found)} subscriptions, none is the function's. What does subscribe take?")
    name = uuid.uuid4().hex[:6]
    sns.publish(TopicArn=topics[0], Message=name)
    lab.settle()
    logs = boto3.client("logs")
    try:
        lines = [each["message"] for each in logs.filter_log_events(logGroupName="/aws/lambda/doorbell")["events"]]
    except logs.exceptions.ResourceNotFoundException:
        lines = []
    rung = sum(name in line for line in lines)
    if rung == 1:
        return "A visitor rang, and the bell rang once."
    if rung:
        raise NotYet(f"One visitor, and the bell rang {rung} times. How many subscriptions does the topic have?")
    raise NotYet(
        "The topic knows the function, and a message was taken. The bell did not ring: its log has nothing. "
        "Who decides whether SNS may invoke the function?"
    )


def careless():
    there("careless")
    sqs, lab = boto3.client("sqs"), lambdalab.start()
    try:
        url = sqs.get_queue_url(QueueName="lost-and-found")["QueueUrl"]
    except sqs.exceptions.QueueDoesNotExist:
        raise NotYet("There is no queue called lost-and-found. Run the cells from the top.") from None
    what = uuid.uuid4().hex[:6]
    boto3.client("lambda").invoke(FunctionName="careless", InvocationType="Event", Payload=json.dumps({"what": what}))
    lab.settle()
    lab.clock.advance(minutes=4)
    for _ in range(5):
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            record = json.loads(message["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            if record.get("requestPayload") == {"what": what}:
                count = record["requestContext"]["approximateInvokeCount"]
                if count == 1:
                    return "Tried once, and kept, with the reason: RetriesExhausted."
                raise NotYet(f"The event is in lost-and-found, after {count} tries. Wanted: 1. Which setting counts?")
    raise NotYet(
        "An event was handed over, and failed. After four minutes it is not in lost-and-found: it was dropped. Which "
        "setting says where events go that fail?"
    )


EXERCISES = {
    "words": Exercise(
        words,
        (
            "A loop over event['Records'], or a list made of it.",
            'A record of SNS has the key Sns, one of SQS has not: "Sns" in record.',
        ),
        SOLUTIONS / "words.cell",
    ),
    "doorbell": Exercise(
        doorbell,
        (
            'sns.subscribe(TopicArn=visitors_arn, Protocol="lambda", Endpoint=doorbell_arn)',
            "The function has a policy of its own, which says who may invoke it. allow() at the top writes into it: it "
            "takes a name.",
        ),
        SOLUTIONS / "doorbell.cell",
    ),
    "careless": Exercise(
        careless,
        (
            "put_function_event_invoke_config takes MaximumRetryAttempts: how often after the first try.",
            'DestinationConfig={"OnFailure": {"Destination": …}} wants the ARN of the queue: queue_arns has it.',
        ),
        SOLUTIONS / "careless.cell",
    ),
}
