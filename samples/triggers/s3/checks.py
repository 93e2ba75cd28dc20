"""The exercises of "Amazon S3". Each check puts objects into a bucket, and looks at what came of it."""

from pathlib import Path

import boto3
import lambdalab
from lambdalab.exercises import Exercise, NotYet

SOLUTIONS = Path(__file__).parent / "solutions"


def bucket(name):
    """The bucket of this name and this account."""
    account = boto3.client("sts").get_caller_identity()["Account"]
    found = f"{name}-{account}"
    if found not in {each["Name"] for each in boto3.client("s3").list_buckets()["Buckets"]}:
        raise NotYet(f"There is no bucket {found}. Run the cells from the top.")
    return found


def put(name, *keys):
    """Put an object of each key into an empty bucket, and wait until nothing runs; what is in the bucket then."""
    s3 = boto3.client("s3")
    for each in s3.list_objects_v2(Bucket=name).get("Contents", []):
        s3.delete_object(Bucket=name, Key=each["Key"])
    for key in keys:
        s3.put_object(Bucket=name, Key=key, Body=b"id,amount\n1,2\n")
    lambdalab.start().settle()
    return {each["Key"] for each in s3.list_objects_v2(Bucket=name).get("Contents", [])}


def runs(function):
    """How often a function has run so far, and what it printed."""
    logs = boto3.client("logs")
    try:
        events = logs.filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
    except logs.exceptions.ResourceNotFoundException:
        return 0, []
    lines = [event["message"].strip() for event in events]
    return sum(line.startswith("START") for line in lines), lines


def wired(name, function):
    """Not yet, unless the bucket tells the function of something."""
    found = boto3.client("s3").get_bucket_notification_configuration(Bucket=name)
    rules = found.get("LambdaFunctionConfigurations", [])
    if not any(f":function:{function}" in rule["LambdaFunctionArn"] for rule in rules):
        raise NotYet(f"{name} tells {function} of nothing. Run the cell that configures it.")


def keys():
    name = bucket("inbox")
    wired(name, "file_away")
    wanted = ["a b.csv", "a+b.csv", "grün (1).csv", "100%.csv"]
    there = put(name, *(f"in/{each}" for each in wanted))
    missing = [each for each in wanted if f"filed/{each}" not in there]
    if missing:
        raise NotYet(
            f"{4 - len(missing)} of 4 arrived in filed/. Missing: {', '.join(missing)}. The event has such a key "
            "encoded, every character that is special in a form and not only the space. Which function of "
            "urllib.parse undoes all of it?"
        )
    return "space, plus, umlaut, brackets and percent: all four arrived under their own names."


def album():
    name = bucket("album")
    wired(name, "thumb")
    yes = ["photos/cat.jpg", "photos/2027/dog.png"]
    no = ["photos/notes.txt", "cat.jpg", "photos/how-to-jpg", "photostream/sea.png"]
    before = len(runs("thumb")[1])
    put(name, *yes, *no)
    lines = runs("thumb")[1][before:]
    called = [key for key in (*yes, *no) if f"thumb of {key}" in lines]
    missed, too_many = [key for key in yes if key not in called], [key for key in no if key in called]
    if too_many:
        raise NotYet(
            f"thumb was called for {', '.join(too_many)}. What does every key that it should see begin with, up to "
            "which character? And end with?"
        )
    if missed:
        raise NotYet(
            f"thumb was not called for {', '.join(missed)}. A rule has one suffix. How many rules may a configuration "
            "have?"
        )
    return "jpg and png below photos/, and nothing else."


def circle():
    name = bucket("archive")
    wired(name, "compress")
    before, _ = runs("compress")
    there = put(name, "new orders.csv")
    ran = runs("compress")[0] - before
    if "new orders.csv.gz" not in there:
        raise NotYet(
            "new orders.csv was uploaded, and no new orders.csv.gz was written. Does the rule still let an upload "
            "through?"
        )
    if ran > 2:
        raise NotYet(
            f"One upload, and compress ran {ran} times. Each .gz that it writes is an ObjectCreated too. What do "
            "the names of uploads end in, and what those of its own files?"
        )
    if ran == 2:
        raise NotYet(
            "compress ran twice: its own file called it once more, and it returned at once. It is paid for. Can the "
            "bucket keep that call from being made?"
        )
    return "one upload, one run, and the file lies beside it."


EXERCISES = {
    "keys": Exercise(
        keys,
        (
            'print(record["s3"]["object"]["key"]) in the handler, upload "in/a+b.csv", and look at the log.',
            "Keys are encoded as the fields of an HTML form: urllib.parse has a pair of functions for that.",
            "unquote_plus, once, where the key is taken from the record. The replace must go.",
        ),
        SOLUTIONS / "keys.cell",
    ),
    "album": Exercise(
        album,
        (
            "There is no wildcard, and no list of suffixes. A filter has one prefix and one suffix at most.",
            "Two rules for the same function are fine, if no key fits both.",
            'Prefix "photos/" in both, suffix ".jpg" in one and ".png" in the other.',
        ),
        SOLUTIONS / "album.cell",
    ),
    "circle": Exercise(
        circle,
        (
            "The handler is right. What calls it is not.",
            "Uploads end in .csv. What compress writes ends in .gz, also when it began as .csv.",
            'A filter with the suffix ".csv".',
        ),
        SOLUTIONS / "circle.cell",
    ),
}
