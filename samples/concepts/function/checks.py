"""The exercises of "The function". Each check calls the function, as its users would."""

import json
from pathlib import Path

import boto3
from lambdalab.exercises import Exercise, NotYet

SOLUTIONS = Path(__file__).parent / "solutions"


def call(name, event, qualifier="$LATEST"):
    """Invoke a function: whether it failed, and what came back."""
    client = boto3.client("lambda")
    try:
        response = client.invoke(FunctionName=name, Qualifier=qualifier, Payload=json.dumps(event))
    except client.exceptions.ResourceNotFoundException:
        raise NotYet(f"There is no function called {name}. Run the cells from the top.") from None
    return "FunctionError" in response, json.load(response["Payload"])


def parcel():
    event = {"xml": "<parcel><to>Ada</to><kg>3.5</kg></parcel>"}
    failed, result = call("parcel", event)
    if failed:
        message = result["errorMessage"]
        if "No module named 'parcel'" in message:
            raise NotYet(
                f"{message}. Lambda unpacks the archive into /var/task and looks for parcel.py there. "
                "Under which name is it in your archive?"
            )
        if "No module named" in message:
            raise NotYet(
                f"{message}. The handler is found now. What does it import that Lambda's runtime does not bring, "
                "and is that in the archive?"
            )
        raise NotYet(f"It raised {result['errorType']}: {message}. What differs from what the file expects?")
    if result != {"to": "Ada", "postage": 9}:
        raise NotYet(f"For {event['xml']} it answered {json.dumps(result)}. Wanted are the receiver and 9.")
    return "Handler, tariff and xmltodict all lie at the archive's root, where Python looks for them."


def pictures():
    few = [f"{number}.jpg" for number in range(3)]
    failed, result = call("pictures", {"pictures": few})
    wanted = {"done": [f"small-{name}" for name in few], "left": []}
    if failed or result != wanted:
        raise NotYet(
            f"For three pictures it answered {json.dumps(result)}. There is time enough for three: "
            "when does your loop stop?"
        )
    many = [f"{number}.jpg" for number in range(20)]
    failed, result = call("pictures", {"pictures": many})
    if failed and result["errorType"] == "Sandbox.Timedout":
        raise NotYet(
            "For twenty pictures it ran into its timeout of 2 s: Lambda ended it, and the caller does not know "
            "which pictures are done. What could the handler ask between two pictures?"
        )
    if failed:
        raise NotYet(f"For twenty pictures it raised {result['errorType']}: {result['errorMessage']}.")
    done, left = result.get("done", []), result.get("left", [])
    if done != [f"small-{name}" for name in many[: len(done)]] or left != many[len(done) :]:
        raise NotYet(
            f"Of twenty pictures, {len(done)} are done and {len(left)} are left, and together they are not the twenty "
            "that were sent. A picture that is in neither list is lost, one that is in both is done twice."
        )
    if len(done) < 2:
        raise NotYet(
            f"It stopped after {len(done)} of twenty pictures, long before its 2 s were over. A picture takes 0.3 s: "
            "how much time must be left to begin one more?"
        )
    return f"It did {len(done)} pictures, named the {len(left)} that are left, and ended before Lambda ended it."


def release():
    client = boto3.client("lambda")
    try:
        alias = client.get_alias(FunctionName="prices", Name="live")
    except client.exceptions.ResourceNotFoundException:
        raise NotYet("The function prices has no alias live. Run the cells from the top.") from None
    main = alias["FunctionVersion"]
    weights = alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
    event = {"basket": ["tea"]}
    if call("prices", event, main)[1] == {"total": 4}:
        raise NotYet(
            f"live points to version {main}, which has the new price, for everybody. Wanted is a quarter of the calls. "
            "Which version should FunctionVersion name, and which one the weights?"
        )
    if not weights:
        newest = call("prices", event)[1]
        begun = "The new price is in $LATEST, which live does not use. " if newest == {"total": 4} else ""
        raise NotYet(
            f"{begun}All calls of live go to version {main}, and tea costs 3. "
            "What has to be published, and what tells an alias to split its calls?"
        )
    ((version, weight),) = weights.items()
    if call("prices", event, version)[1] != {"total": 4}:
        raise NotYet(
            f"live sends some calls to version {version}, where tea costs 3 as before. A version is a picture of "
            "$LATEST at the moment it was published. Was the new file deployed by then?"
        )
    if weight != 0.25:
        raise NotYet(f"live sends {weight:.0%} of its calls to version {version}. Wanted is a quarter.")
    return f"Three of four calls of live run version {main} as before; one of four meets the new price, in {version}."


EXERCISES = {
    "parcel": Exercise(
        parcel,
        (
            "archive.write(file, name) takes a second argument: the name inside the archive.",
            "parcel.py imports tariff, which lies beside it, and xmltodict, which you have copied before.",
        ),
        SOLUTIONS / "parcel.cell",
    ),
    "pictures": Exercise(
        pictures,
        (
            "context.get_remaining_time_in_millis() says how much time is left, at the moment of asking.",
            "Ask before each picture, and begin none unless there is time for it and for the answer: 600 ms, say.",
        ),
        SOLUTIONS / "pictures.cell",
    ),
    "release": Exercise(
        release,
        (
            "Four steps: update the code, wait, publish a version, change the alias.",
            "publish_version returns the number, as text, in 'Version'.",
            "update_alias with RoutingConfig={'AdditionalVersionWeights': {number: 0.25}}. Without FunctionVersion, "
            "the alias keeps the version it has.",
        ),
        SOLUTIONS / "release.cell",
    ),
}
