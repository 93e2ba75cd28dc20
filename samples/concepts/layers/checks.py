"""The exercises of "Layers". Each check calls the functions, as their users would, and looks at their layers."""

import json
from pathlib import Path

import boto3
from lambdalab.exercises import Exercise, NotYet

SOLUTIONS = Path(__file__).parent / "solutions"


def call(name, event):
    """Invoke a function: its result, and the error if it raised."""
    client = boto3.client("lambda")
    try:
        response = client.invoke(FunctionName=name, Payload=json.dumps(event))
    except client.exceptions.ResourceNotFoundException:
        raise NotYet(f"There is no function called {name}. Run the cells from the top.") from None
    result = json.load(response["Payload"])
    if "FunctionError" in response:
        return None, f"{result['errorType']}: {result['errorMessage']}"
    return result, None


def layers_of(name):
    """The layers of a function as it has them, in order: ["greeting:1", "rates:2"]."""
    configuration = boto3.client("lambda").get_function_configuration(FunctionName=name)
    return [layer["Arn"].rpartition(":layer:")[2] for layer in configuration.get("Layers", [])]


def listed(layers):
    """For a sentence: greeting:1, rates:2."""
    return ", ".join(layers) or "no layer"


def parcel():
    result, error = call("parcel", {"grams": 500})
    if error:
        raise NotYet(
            f"parcel failed: {error}. It has {listed(layers_of('parcel'))}, so the file is somewhere in /opt, but in "
            "no folder that python3.13 searches. In which folder is it, and which one does every Python search?"
        )
    heavy, _ = call("parcel", {"grams": 2000})
    if not isinstance(result, dict) or (result.get("price"), (heavy or {}).get("price")) != (3.8, 6.4):
        raise NotYet(f"For 500 g it answered {json.dumps(result)}. Wanted is 3.80 up to 1000 g, and 6.40 above.")
    if not str(result.get("from")).startswith("/opt/"):
        raise NotYet(f"The price is right, but postage is in {result.get('from')}. How does it get into /opt?")
    if result["from"].startswith("/opt/python/lib/"):
        raise NotYet(
            f"It works: postage is found in {result['from']}. The day parcel moves to python3.14, that folder is not "
            "searched any more. Which one is searched by every version?"
        )
    return f"postage is found in {result['from']}, by every version of Python."


def till():
    result, error = call("till", {"net": 100})
    if error:
        raise NotYet(f"till failed: {error}. It has {listed(layers_of('till'))}. What is missing now?")
    where = str(result.get("rate from"))
    if not where.startswith("/opt/"):
        raise NotYet(
            f"100 net are {result['gross']} gross, and till has {listed(layers_of('till'))}. But its tax module is "
            f"{where}. Which folder is searched first, and what does the layer's file change then?"
        )
    if result["gross"] != 107.0:
        raise NotYet(f"tax comes from the layer now, and 100 net are {result['gross']} gross. Which version has till?")
    return f"107.0, and the rate is from {where}: one place to change it."


BEFORE = {"berlin": ["greeting", "rates"], "oslo": ["rates", "greeting"], "stock": ["greeting"]}


def rollout():
    client = boto3.client("lambda")
    versions = client.list_layer_versions(LayerName="rates")["LayerVersions"]
    newest = f"rates:{max(version['Version'] for version in versions)}"
    for name, wanted in BEFORE.items():
        _, error = call(name, {"usd": 10})
        found = layers_of(name)
        names = [layer.partition(":")[0] for layer in found]
        if error or set(wanted) - set(names):
            raise NotYet(
                f"{name} has {listed(found)} now. Before it had {listed(wanted)}.{f' {error}.' if error else ''} "
                "Layers=[…] replaces the whole list. What has to be in the new one?"
            )
        if names != wanted:
            raise NotYet(
                f"{name} has {listed(found)}; before, the order was {listed(wanted)}, and nothing else was there. "
                "Of two files with the same path the later layer's counts. How does each keep its place?"
            )
        if "rates" in names and newest not in found:
            raise NotYet(f"{name} still has {listed(found)}. Newest is {newest}. Who tells {name}?")
    return f"berlin and oslo use {newest}, their other layers are where they were, and stock was left alone."


EXERCISES = {
    "parcel": Exercise(
        parcel,
        (
            "python3.13 searches /opt/python/lib/python3.13/site-packages and /opt/python, and nothing else of /opt.",
            "A path in the zip that begins with python/ and has no version in it fits every Python: python/postage.py.",
        ),
        SOLUTIONS / "parcel.cell",
    ),
    "till": Exercise(
        till,
        (
            "till's package was made from two files, till.py and tax.py. Where is the second one, seen from inside?",
            "/var/task comes before /opt. As long as the package holds a tax.py, the layer's is never looked at.",
            'deploy("till", [tax_2]) packs till.py alone.',
        ),
        SOLUTIONS / "till.cell",
    ),
    "rollout": Exercise(
        rollout,
        (
            "lambda_client.list_functions() says for each function which layers it has. Who has rates_1 among them?",
            "Make each list anew: its own ARNs in their order, only rates_1 replaced by rates_2.",
            "[rates_2 if arn == rates_1 else arn for arn in layers], and then attach(name, *that_list).",
        ),
        SOLUTIONS / "rollout.cell",
    ),
}
