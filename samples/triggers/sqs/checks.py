"""The exercises of "Amazon SQS". Each check sends messages, lets time pass, and looks at what became of them."""

import json
import uuid
from pathlib import Path

import boto3
import lambdalab
from lambdalab.exercises import Exercise, NotYet

SOLUTIONS = Path(__file__).parent / "solutions"
BACK_AFTER_S = 30


def send(name, bodies):
    """Send messages to a queue in one call, and see them come back twice."""
    sqs, lab = boto3.client("sqs"), lambdalab.start()
    try:
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    except sqs.exceptions.QueueDoesNotExist:
        raise NotYet(f"There is no queue called {name}. Run the cells from the top.") from None
    empty(url)
    sqs.send_message_batch(
        QueueUrl=url, Entries=[{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]
    )
    lab.settle()
    for _ in range(2):
        lab.clock.advance(seconds=BACK_AFTER_S)
        lab.settle()
    counts = sqs.get_queue_attributes(
        QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    )
    return sum(int(count) for count in counts["Attributes"].values())


def empty(url):
    """Leave nothing of an earlier check in a queue. SQS allows that once a minute."""
    sqs = boto3.client("sqs")
    try:
        sqs.purge_queue(QueueUrl=url)
    except sqs.exceptions.PurgeQueueInProgress:
        lambdalab.start().clock.advance(minutes=1)
        sqs.purge_queue(QueueUrl=url)


def printed(name, tag):
    """The lines of a function's log with this tag in them."""
    logs = boto3.client("logs")
    try:
        events = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    except logs.exceptions.ResourceNotFoundException:
        raise NotYet(f"{name} was not called. Is there a mapping from the queue {name} to it?") from None
    return [event["message"].strip() for event in events if tag in event["message"]]


def shipments():
    tag = uuid.uuid4().hex[:6]
    bodies = [json.dumps({"id": f"{tag}-{number}", "address": "1 Main Street"}) for number in range(5)]
    bodies[2] = json.dumps({"id": f"{tag}-2"})
    left = send("shipments", bodies)
    lines = printed("shipments", tag)
    sent = [sum(f"{tag}-{number} sent" in line for line in lines) for number in (0, 1, 3, 4)]
    if sent == [1, 1, 1, 1] and left == 1:
        return "Four shipments went out once. The one without an address came back each time, and is still there."
    if max(sent) > 1:
        raise NotYet(
            f"Five came, the third without an address. The other four were sent {sent} times: all five came back, "
            "because the invocation failed. Which four could it have told the queue about?"
        )
    if left == 0:
        raise NotYet(
            "The shipment without an address is not in the queue any more: the answer did not name it, so Lambda "
            "deleted it with the others. What stands in batchItemFailures?"
        )
    raise NotYet(f"Of the four good shipments {sum(sent)} were sent, and {left} messages are left. Wanted: 4, 1.")


def points():
    tag = uuid.uuid4().hex[:6]

    def order(number, customer, given):
        return json.dumps({"id": f"{tag}-{number}", "customer": f"{customer}-{tag}", "points": given})

    left = send("points", [order(1, "Ada", 10), order(1, "Ada", 10), order(2, "Ada", 5), order(3, "Grace", 7)])
    found = {}
    for customer in ("Ada", "Grace"):
        key = {"id": {"S": f"points {customer}-{tag}"}}
        item = boto3.client("dynamodb").get_item(TableName="charges", Key=key, ConsistentRead=True).get("Item", {})
        found[customer] = int(item.get("points", {"N": "0"})["N"])
    if found["Ada"] == 25:
        raise NotYet(
            "Ada has 25 points. Her order of 10 came in two messages, and was counted twice. What is the same in both "
            "messages, and where could the function look whether it has seen it?"
        )
    if left:
        raise NotYet(
            f"{left} messages are still in the queue: the function failed on them. An order that was counted before is "
            "no failure: it is done."
        )
    if found != {"Ada": 15, "Grace": 7}:
        raise NotYet(f"Ada has {found['Ada']} points and Grace {found['Grace']}. Wanted are 15 and 7.")
    return "Ada has 15 points, Grace 7. An order that comes twice counts once."


def gifts():
    tag = uuid.uuid4().hex[:6]
    amounts = (99, 100, 250, 5)
    left = send("gifts", [json.dumps({"id": f"{tag}-{amount}", "amount": amount}) for amount in amounts])
    lines = printed("gifts", tag) if left < len(amounts) else []
    given = [amount for amount in amounts if any(f"{tag}-{amount} " in line for line in lines)]
    if given == [100, 250] and not left:
        return (
            "100 and 250 got a gift. 99 and 5 never reached the function, and are gone: what a filter leaves out, "
            "Lambda deletes from the queue."
        )
    raise NotYet(
        f"Orders of {', '.join(map(str, amounts))} were sent. A gift got: {given or 'nobody'}. Wanted are 100 and 250. "
        "A pattern for a message looks like the message: body, then the name, then a list of what is let through."
    )


EXERCISES = {
    "shipments": Exercise(
        shipments,
        (
            "One try around the work for one record, inside the loop. What failed is collected, not raised.",
            'The answer: {"batchItemFailures": [{"itemIdentifier": record["messageId"]}, …]}. An empty list is fine.',
        ),
        SOLUTIONS / "shipments.cell",
    ),
    "points": Exercise(
        points,
        (
            "charge_once.py does the same for money: it remembers the order's id, on the condition that it is new.",
            "Two writes that must happen together: transact_write_items. If it fails, the points were given.",
        ),
        SOLUTIONS / "points.cell",
    ),
    "gifts": Exercise(
        gifts,
        (
            'A number in a range is {"numeric": [">=", 100]}.',
            'The pattern is a text: json.dumps({"body": {"amount": [{"numeric": [">=", 100]}]}}).',
        ),
        SOLUTIONS / "gifts.cell",
    ),
}
