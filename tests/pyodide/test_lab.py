"""The lab in the page, where no notebook shows it yet."""

from __future__ import annotations

import json
from typing import Any

from .page import run

CELLS = {
    "write": """
%%writefile app.py
import logging
from snapshot_restore_py import register_after_restore, register_before_snapshot
seen = []
register_before_snapshot(seen.append, "before")
register_after_restore(seen.append, "after")
def handler(event, context):
    logging.getLogger().info("hello")
    logging.getLogger().debug("not this")
    return seen
""",
    "publish": """
import boto3, json, lambdalab
lab = lambdalab.start()
aws_lambda, logs = boto3.client("lambda"), boto3.client("logs")
published = aws_lambda.create_function(
    FunctionName="x", Runtime="python3.14", Role=lab.role("r"), Handler="app.handler", Publish=True,
    Code={"ZipFile": lab.package("app.py")}, SnapStart={"ApplyOn": "PublishedVersions"},
    LoggingConfig={"LogFormat": "JSON"},
)
aws_lambda.get_waiter("published_version_active").wait(FunctionName="x", Qualifier="1")
""",
    "call": """
answer = json.load(aws_lambda.invoke(FunctionName="x", Qualifier="1")["Payload"])
events = logs.filter_log_events(logGroupName="/aws/lambda/x")["events"]
print(json.dumps([answer, [json.loads(event["message"]) for event in events]]))
""",
}


def printed(outputs: list[dict[str, Any]]) -> str:
    return "".join(output.get("text", "") or str(output.get("traceback", "")) for output in outputs)


def test_snapstart_and_json_logs_work_in_the_page() -> None:
    cells = [{"id": name, "source": source.lstrip(), "skip": False} for name, source in CELLS.items()]
    outputs = run({"lab": cells})["lab"]
    answer, records = json.loads(printed(outputs["call"]))
    assert answer == ["before", "after"]
    assert [record.get("type") or record["message"] for record in records] == [
        "platform.initStart",
        "platform.initReport",
        "platform.restoreStart",
        "lambdalab.note",
        "platform.restoreReport",
        "platform.start",
        "hello",
        "platform.report",
    ]
    (said,) = [record for record in records if "level" in record]
    assert set(said) == {"timestamp", "level", "message", "logger", "requestId"}
