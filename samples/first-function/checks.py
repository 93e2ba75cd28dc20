"""The exercises of "Your first function". Each check calls the function, as a user of it would."""

import base64
import json
from pathlib import Path

import boto3
from lambdalab.exercises import Exercise, NotYet

SOLUTIONS = Path(__file__).parent / "solutions"
NAME = "first-function"


def call(event):
    """Invoke the function: its result (or error document), whether it failed, its log."""
    client = boto3.client("lambda")
    try:
        response = client.invoke(FunctionName=NAME, Payload=json.dumps(event), LogType="Tail")
    except client.exceptions.ResourceNotFoundException:
        raise NotYet(
            f"There is no function called {NAME}. Did the clean-up cell run? Run the cells from the top."
        ) from None
    log = base64.b64decode(response["LogResult"]).decode()
    return json.load(response["Payload"]), "FunctionError" in response, log


def language():
    event = {"name": "Ada", "language": "fr"}
    result, failed, _ = call(event)
    if failed:
        raise NotYet(
            f"The function raised {result['errorType']}: {result['errorMessage']}. "
            "The stack trace above names the line. What does the event hold at that point?"
        )
    message = result.get("message") if isinstance(result, dict) else None
    if message == "Hello, Ada!":
        raise NotYet(
            f"For {json.dumps(event)} it still says {message!r}. If you changed the file: did you deploy it "
            "afterwards? Lambda runs the package it was given, not the file on your disk."
        )
    if message != "Bonjour, Ada!":
        raise NotYet(
            f"For {json.dumps(event)} it answered {json.dumps(result)}. Wanted is a message that says 'Bonjour, Ada!'."
        )
    for event in ({"name": "Ada"}, {"name": "Ada", "language": "xx"}):
        result, failed, _ = call(event)
        if failed or result.get("message") != "Hello, Ada!":
            raise NotYet(
                f"French works. For {json.dumps(event)} it answered {json.dumps(result)}. "
                "Which greeting should somebody get whose language you do not know?"
            )
    return "French for those who ask for it, English for everybody else, and nobody gets an error."


def refuse():
    result, failed, _ = call({})
    if not failed:
        raise NotYet(
            f"For an event without a name the call succeeded and returned {json.dumps(result)}. "
            "To Lambda, whatever a handler returns is a success. What must a handler do to fail?"
        )
    if result["errorType"] != "NameMissing":
        raise NotYet(
            f"It fails, with errorType {result['errorType']}. Where does Lambda take that name from, "
            "and which name would tell your caller more?"
        )
    result, failed, _ = call({"name": "Ada"})
    if failed or result.get("message") != "Hello, Ada!":
        raise NotYet(
            f"It refuses events without a name, but for {{'name': 'Ada'}} it now answers {json.dumps(result)}. "
            "A good event must still be greeted."
        )
    return "The error's type is your exception's name: a caller can tell this failure from every other."


def room():
    client = boto3.client("lambda")
    configuration = client.get_function_configuration(FunctionName=NAME)
    memory, timeout = configuration["MemorySize"], configuration["Timeout"]
    if memory != 256:
        raise NotYet(
            f"The function has {memory} MB. Memory is not in the code and not in the package: "
            "which call changes a function's configuration?"
        )
    if timeout != 10:
        raise NotYet(f"Memory is right. The function may run for {timeout} s before Lambda ends it; wanted are 10.")
    _, _, log = call({"name": "Ada"})
    if "Memory Size: 256 MB" not in log:
        raise NotYet("The configuration says 256 MB, the last REPORT line does not. Has the update finished?")
    return "256 MB and 10 s, without a new package. REPORT shows it."


EXERCISES = {
    "language": Exercise(
        language,
        (
            "The event is a dictionary like any other: event.get('language') is None when there is no language in it.",
            "A dictionary's get() takes a second argument: what to return when the key is not there.",
            "After the file has changed, run the cell that deploys it. Then check again.",
        ),
        SOLUTIONS / "language.cell",
    ),
    "refuse": Exercise(
        refuse,
        (
            "Returning {'error': …} is a success with an unhappy text. Only an exception is a failure.",
            "raise NameMissing('the event needs a name'), before the greeting is made.",
        ),
        SOLUTIONS / "refuse.cell",
    ),
    "room": Exercise(
        room,
        (
            "update_function_code changes what runs. Its sister changes how it runs: update_function_configuration.",
            "MemorySize is in MB, Timeout in seconds. Both can go into one call.",
        ),
        SOLUTIONS / "room.cell",
    ),
}
