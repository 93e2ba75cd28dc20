"""The exercises of "DynamoDB". Each check writes orders, lets time pass, and looks at what became of them."""

import json
import uuid
from pathlib import Path

import boto3
import lambdalab
from lambdalab.exercises import Exercise, NotYet

SOLUTIONS = Path(__file__).parent / "solutions"


def put(*items):
    """Write orders in one call, and let their retries pass."""
    dynamodb, lab = boto3.client("dynamodb"), lambdalab.start()
    requests = [{"PutRequest": {"Item": item}} for item in items]
    try:
        dynamodb.batch_write_item(RequestItems={"orders": requests})
    except dynamodb.exceptions.ResourceNotFoundException:
        raise NotYet("There is no table called orders. Run the cells from the top.") from None
    lab.settle()


def later(minutes):
    lab = lambdalab.start()
    lab.clock.advance(minutes=minutes)
    lab.settle()


def item(name, **attributes):
    """An order, with texts; cents are a number."""
    kinds = {key: {"N" if key == "cents" else "S": value} for key, value in attributes.items()}
    return {"id": {"S": name}, **kinds}


def printed(name, tag):
    """The lines of a function's log with this tag in them."""
    events = boto3.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    return [event["message"].strip() for event in events if tag in event["message"]]


def paid():
    name = f"ship-{uuid.uuid4().hex[:6]}"
    counts = []
    for state, address in (
        ("open", "1 Main Street"),
        ("open", "2 Main Street"),
        ("paid", "2 Main Street"),
        ("paid", "3 Main Street"),
        ("refunded", "3 Main Street"),
    ):
        put(item(name, cents="1000", state=state, address=address))
        counts.append(len(printed("ship", name)) if _has_log("ship") else 0)
    if counts == [0, 0, 1, 1, 1]:
        return "Shipped when it became paid. The new addresses, before and after, and the refund shipped nothing."
    if counts[0]:
        raise NotYet("The order was shipped when it came in, still open. Which eventName is that?")
    if counts[1]:
        raise NotYet("The open order got another address, and was shipped. What does NewImage have to say?")
    if not counts[2]:
        raise NotYet(
            "The order became paid, and was not shipped. Is each name in the pattern where it is in a record, and are "
            'the values lists? A text in an image is {"S": "paid"}.'
        )
    if counts[3] > counts[2]:
        raise NotYet(
            "The order was shipped when it became paid, and again when its address changed: it was paid then as well. "
            "Which part of the record knows what it was before?"
        )
    raise NotYet("The order was shipped once more when it was refunded. Which part of the pattern lets that through?")


def _has_log(name):
    groups = boto3.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{name}")["logGroups"]
    return any(group["logGroupName"] == f"/aws/lambda/{name}" for group in groups)


def mail():
    tag = uuid.uuid4().hex[:6]
    orders = [item(f"mail-{tag}-{number}", cents="500", mail=f"{tag}-{number}@example.com") for number in range(10)]
    del orders[4]["mail"]
    _empty()
    put(*orders)
    later(2)
    lines = printed("mail", tag) if _has_log("mail") else []
    counts = [sum(f"{tag}-{number}@" in line for line in lines) for number in range(10) if number != 4]
    told = _told()
    if max(counts) > 1:
        raise NotYet(
            f"Ten orders came, the fifth without an address. The other nine got {counts} mails: the handler raised, so "
            "Lambda cut the batch in halves blindly and tried them again. Which record could it have named?"
        )
    if min(counts) == 0:
        raise NotYet(
            f"The nine others got {counts} mails. In a stream the answer says where to go on: what is before the named "
            "record is done, the record itself and all behind it come again. Which one must be named?"
        )
    if not told:
        raise NotYet(
            "Nine mails went out. The order without an address was passed over, and nobody was told: the answer did "
            "not name it."
        )
    return "Nine orders got one mail each. The one without an address was told to the queue."


def revenue():
    tag = uuid.uuid4().hex[:6]
    before = _revenue()
    amounts = ["100", "200", "0.5", "400"]
    put(*(item(f"revenue-{tag}-{number}", cents=amount) for number, amount in enumerate(amounts)))
    later(2)
    first = _revenue() - before
    put(item(f"revenue-{tag}-9", cents="1000"))
    second = _revenue() - before - first
    if (first, second) == (700, 1000):
        return "700 cents, and the order with half a cent is in the queue. However often a batch comes, it counts once."
    if second != 1000:
        raise NotYet(f"A good order of 1000 cents came alone, and the revenue grew by {second}.")
    if first > 700:
        raise NotYet(
            f"Orders of 100, 200 and 400 cents came, and between them one that cannot be read. The revenue grew by "
            f"{first}, not by 700: some were added once more when their batch was tried again. What is the same each "
            "time a record comes, and where could the function look whether it has seen it?"
        )
    raise NotYet(
        f"The revenue grew by {first}, not by 700. Was an order taken for one that had been counted already, or did "
        "the function fail on a good one?"
    )


def _revenue():
    key = {"order": {"S": "revenue"}, "number": {"S": "all"}}
    dynamodb = boto3.client("dynamodb")
    try:
        found = dynamodb.get_item(TableName="audit", Key=key, ConsistentRead=True).get("Item", {})
    except dynamodb.exceptions.ResourceNotFoundException:
        raise NotYet("There is no table called audit. Run the cells from the top.") from None
    return int(found.get("cents", {"N": "0"})["N"])


def _queue():
    sqs = boto3.client("sqs")
    try:
        return sqs.get_queue_url(QueueName="audit-failures")["QueueUrl"]
    except sqs.exceptions.QueueDoesNotExist:
        raise NotYet("There is no queue called audit-failures. Run the cells from the top.") from None


def _empty():
    while _told():
        pass


def _told():
    """The documents in the queue of failures, taken out of it: those of `mail`."""
    sqs, url, told = boto3.client("sqs"), _queue(), []
    for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", []):
        told.append(json.loads(message["Body"]))
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return told


EXERCISES = {
    "paid": Exercise(
        paid,
        (
            "NewImage says what the order is. The record has another image.",
            '"anything-but" lets through every value but these: {"S": [{"anything-but": ["paid"]}]}.',
        ),
        SOLUTIONS / "paid.cell",
    ),
    "mail": Exercise(
        mail,
        (
            "audit_each.py does it: a try around the work for one record, and a return at the first failure.",
            'The identifier is the record\'s SequenceNumber, in record["dynamodb"].',
        ),
        SOLUTIONS / "mail.cell",
    ),
    "revenue": Exercise(
        revenue,
        (
            "SequenceNumber is the same each time a record comes. An item with it as its number can say: seen.",
            "Two writes that must happen together: transact_write_items, the first with a condition that it is new.",
            "If the transaction is refused because the item is there, the record was counted. That is no failure.",
        ),
        SOLUTIONS / "revenue.cell",
    ),
}
