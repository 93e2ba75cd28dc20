"""The exercises of "What is AWS Lambda?". Each check calls the function, or asks Lambda how it is set up."""

import json
from pathlib import Path

import boto3
from lambdalab.exercises import Exercise, NotYet

HERE = Path(__file__).parent
SOLUTIONS = HERE / "solutions"

LOG = [
    "START RequestId: 4f5c0a12-9d0b-4a58-9a55-6e1f2c9b7d01 Version: $LATEST",
    "END RequestId: 4f5c0a12-9d0b-4a58-9a55-6e1f2c9b7d01",
    "REPORT RequestId: 4f5c0a12-9d0b-4a58-9a55-6e1f2c9b7d01\tDuration: 40.20 ms\tBilled Duration: 241 ms\t"
    "Memory Size: 1024 MB\tMax Memory Used: 61 MB\tInit Duration: 200.10 ms\t",
    "REPORT RequestId: 8a9e63f7-1c55-4d0e-8f0d-0b2a7d3c5e02\tDuration: 39.01 ms\tBilled Duration: 40 ms\t"
    "Memory Size: 1024 MB\tMax Memory Used: 61 MB\t",
]
REQUEST, GB_SECOND = 0.20 / 1_000_000, 0.0000166667
"""Prices in USD; facts.toml has their sources, and a test holds the two together."""


def call(name, event):
    """Invoke the function: its result (or error document), and whether it failed."""
    client = boto3.client("lambda")
    try:
        response = client.invoke(FunctionName=name, Payload=json.dumps(event))
    except client.exceptions.ResourceNotFoundException:
        raise gone(name) from None
    return json.load(response["Payload"]), "FunctionError" in response


def gone(name):
    return NotYet(f"There is no function called {name}. Did the clean-up cell run? Run the cells from the top.")


def sample(name):
    return json.loads((HERE / "events" / f"{name}.json").read_text(encoding="utf-8"))


def sns():
    result, failed = call("who-called", sample("sns"))
    if failed and result["errorType"] == "KeyError":
        raise NotYet(
            f"For the SNS event the function raised KeyError: {result['errorMessage']}. The event has no such key. "
            "Compare its spelling, letter by letter, with the events above."
        )
    if failed:
        raise NotYet(f"For the SNS event the function raised {result['errorType']}: {result['errorMessage']}.")
    if not isinstance(result, dict) or result.get("caller") != "aws:sns":
        raise NotYet(f"For the SNS event it answered {json.dumps(result)}. Wanted is the caller 'aws:sns'.")
    if result.get("about") != "order 3":
        raise NotYet(
            f"It knows the caller. It says the event is about {result.get('about')!r}; wanted is the notification's "
            "subject. Where in the event does that stand?"
        )
    for name, caller in (("s3-put", "aws:s3"), ("sqs", "aws:sqs"), ("schedule", "aws.events")):
        result, failed = call("who-called", sample(name))
        if failed or result.get("caller") != caller:
            raise NotYet(
                f"SNS works. For the event in {name}.json it now answers {json.dumps(result)}. "
                "The three callers that it knew must stay known."
            )
    return "Four callers, four shapes, one function. Nothing but the event told it which is which."


def bill():
    result, failed = call("bill", {"log": LOG})
    if failed:
        raise NotYet(f"The function raised {result['errorType']}: {result['errorMessage']}.")
    usd = result.get("usd") if isinstance(result, dict) else None
    if not isinstance(usd, int | float):
        raise NotYet(f"It answered {json.dumps(result)}. Wanted is a number called 'usd'.")
    run, billed = 0.0402 + 0.03901, 0.241 + 0.040
    if near(usd, run * GB_SECOND) or near(usd, run * GB_SECOND + 2 * REQUEST):
        raise NotYet(
            f"For two calls at 1,024 MB it says ${usd:.10f}: it counted 40.20 ms and 39.01 ms. AWS counts 241 ms and "
            "40 ms. In which field of the REPORT line do those stand, and what is in the 241 ms?"
        )
    if near(usd, billed * GB_SECOND):
        raise NotYet(
            f"The time is right: ${usd:.10f} for 0.281 GB-seconds. It is not yet the bill. What else has a price, "
            "however short a call is?"
        )
    if not near(usd, billed * GB_SECOND + 2 * REQUEST):
        raise NotYet(
            f"For two calls at 1,024 MB, billed 241 ms and 40 ms, it says ${usd:.10f}; it should say "
            f"${billed * GB_SECOND + 2 * REQUEST:.10f}."
        )
    result, failed = call("bill", {"log": LOG[:2]})
    if failed or result.get("usd") != 0:
        raise NotYet(f"For a log without a REPORT line it answered {json.dumps(result)}. Nothing ran: nothing is due.")
    return "Billed Duration, not Duration, and a price for each call. The first call's Init was most of its bill."


def near(one, other):
    return abs(one - other) <= 1e-3 * other


def ceiling():
    client = boto3.client("lambda")
    try:
        reserved = client.get_function_concurrency(FunctionName="busy").get("ReservedConcurrentExecutions")
    except client.exceptions.ResourceNotFoundException:
        raise NotYet(
            "There is no function called busy. Did the clean-up cell run? Run the cells from the top."
        ) from None
    if reserved is None:
        raise NotYet(
            "busy has no limit of its own: it may take all the concurrency of the account, and leave none to the "
            "others. Which call puts a function's concurrency at a number?"
        )
    if reserved == 0:
        raise NotYet("busy may run 0 times at once, so not at all: every call is refused. Wanted are 5.")
    if reserved != 5:
        raise NotYet(f"busy may run {reserved} times at once; wanted are 5.")
    return "Five at once, and not one more: a sixth call gets status 429, TooManyRequestsException."


EXERCISES = {
    "sns": Exercise(
        sns,
        (
            "Services agree on very little. Look at the first letter of the key that names the service.",
            "record.get('eventSource') is None when there is no such key; then look for the other spelling.",
            "The subject stands in record['Sns']['Subject'].",
        ),
        SOLUTIONS / "sns.cell",
    ),
    "bill": Exercise(
        bill,
        (
            "A REPORT line has three durations. The regular expression takes the first one.",
            "Billed Duration is a whole number of milliseconds, with the Init of a cold start in it.",
            "PRICE_REQUEST is defined, and used nowhere.",
        ),
        SOLUTIONS / "bill.cell",
    ),
    "ceiling": Exercise(
        ceiling,
        (
            "It is neither in the code nor in the configuration. The client has methods that end in _concurrency.",
            "put_function_concurrency, with ReservedConcurrentExecutions.",
        ),
        SOLUTIONS / "ceiling.cell",
    ),
}
