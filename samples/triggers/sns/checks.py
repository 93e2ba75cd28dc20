"""The exercises of "Amazon SNS". Each check publishes, or hands over an envelope, and looks at what came of it."""

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


def publish(order, **attributes):
    """Publish an order to the chapter's topic."""
    sns = boto3.client("sns")
    (topic,) = (each["TopicArn"] for each in sns.list_topics()["Topics"] if each["TopicArn"].endswith(":orders"))
    sns.publish(
        TopicArn=topic,
        Message=json.dumps(order),
        MessageAttributes={name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()},
    )
    lambdalab.start().settle()


def express():
    there("express")
    tag = uuid.uuid4().hex[:6]
    wanted = {"express": True, "courier": True, "letter": False}
    for shipping in wanted:
        publish({"id": f"{tag}-{shipping}", "total": 1}, shipping=shipping)
    publish({"id": f"{tag}-none", "total": 1})
    logs = boto3.client("logs")
    try:
        lines = [each["message"] for each in logs.filter_log_events(logGroupName="/aws/lambda/express")["events"]]
    except logs.exceptions.ResourceNotFoundException:
        lines = []
    got = [shipping for shipping in (*wanted, "none") if any(f"{tag}-{shipping}" in line for line in lines)]
    if got == ["express", "courier"]:
        return "Orders by express and courier arrive. A letter does not, nor an order that says nothing."
    raise NotYet(
        "Four orders: shipping express, courier, letter, and one without the attribute. express got: "
        f"{', '.join(got) or 'none of them'}. A policy is a name, and a list of what is let through."
    )


def unpack():
    there("unpack")
    records = [
        {"body": json.dumps({"Type": "Notification", "Message": json.dumps({"id": number, "total": 5})})}
        for number in (7, 8)
    ]
    response = boto3.client("lambda").invoke(FunctionName="unpack", Payload=json.dumps({"Records": records}))
    found = json.load(response["Payload"])
    if "FunctionError" in response:
        raise NotYet(
            f"It raised {found['errorType']}: {found['errorMessage']}. The body is {records[0]['body']}. "
            "What is the order wrapped in?"
        )
    if found != [7, 8]:
        raise NotYet(f"It returned {json.dumps(found)}. Wanted is [7, 8].")
    return "7 and 8: the queue's record is opened, then what SNS put around the order."


def stranger():
    there("stranger")
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="undelivered")["QueueUrl"]
    tag = uuid.uuid4().hex[:6]
    publish({"id": tag, "total": 1})
    policy = boto3.client("lambda")
    try:
        if "sns.amazonaws.com" in policy.get_policy(FunctionName="stranger")["Policy"]:
            raise NotYet("The function lets the topic in now. Its owner is on holiday: leave its policy alone.")
    except policy.exceptions.ResourceNotFoundException:
        pass
    # Others may wait there since an earlier check. What is received is hidden for a while, so this ends.
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages"):
        for message in messages:
            if tag in message["Body"]:
                return "The order could not be handed over, and waits in undelivered."
    raise NotYet(
        "An order was published. The function does not let the topic in, and the order is not in undelivered: it is "
        "gone. Which attribute did the subscription of mail get?"
    )


EXERCISES = {
    "express": Exercise(
        express,
        (
            "gifts has a policy of this kind: {name of the attribute: [values that are let through]}.",
            'Two values stand in one list: {"shipping": ["express", …]}.',
        ),
        SOLUTIONS / "express.cell",
    ),
    "unpack": Exercise(
        unpack,
        (
            "The body is JSON: an envelope of SNS. Print its keys, as above.",
            'The order is a text in it: json.loads(json.loads(record["body"])["Message"]).',
        ),
        SOLUTIONS / "unpack.cell",
    ),
    "stranger": Exercise(
        stranger,
        (
            "RedrivePolicy is an attribute of a subscription, as of a queue.",
            'Its value is a text: json.dumps({"deadLetterTargetArn": undelivered_arn}).',
        ),
        SOLUTIONS / "stranger.cell",
    ),
}
