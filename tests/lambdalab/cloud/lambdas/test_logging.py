"""LoggingConfig: where a function logs, in which form, and how much."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Maker = Callable[..., Any]

SOURCE = """
    import logging
    def handler(event, context):
        logging.getLogger().info("hello")
        logging.getLogger().error("oh")
"""


def logged(client: Maker, group: str = "/aws/lambda/hello") -> list[Any]:
    events = client("logs").filter_log_events(logGroupName=group)["events"]
    return [json.loads(event["message"]) for event in events]


def test_a_function_with_json_logs_writes_only_json(create: Maker, invoke: Maker, client: Maker) -> None:
    create(SOURCE, LoggingConfig={"LogFormat": "JSON"})
    invoke()
    assert [record.get("type") or record["message"] for record in logged(client)] == [
        "platform.initStart",
        "platform.start",
        "hello",
        "oh",
        "platform.report",
    ]


def test_levels_and_a_group_of_its_own(create: Maker, invoke: Maker, client: Maker) -> None:
    create(
        SOURCE,
        LoggingConfig={
            "LogFormat": "JSON",
            "ApplicationLogLevel": "ERROR",
            "SystemLogLevel": "WARN",
            "LogGroup": "shop",
        },
    )
    invoke()
    (only,) = logged(client, "shop")
    assert (only["level"], only["message"]) == ("ERROR", "oh")
    assert "/aws/lambda/hello" not in str(client("logs").describe_log_groups()["logGroups"])


def test_log_result_holds_what_the_log_holds(create: Maker, aws_lambda: Any, client: Maker) -> None:
    create(SOURCE, LoggingConfig={"LogFormat": "JSON"})
    answer = aws_lambda.invoke(FunctionName="hello", LogType="Tail")
    tail = base64.b64decode(answer["LogResult"]).decode()
    assert [json.loads(line) for line in tail.splitlines()] == logged(client)


def test_an_update_of_the_levels_starts_a_new_environment(
    create: Maker, invoke: Maker, aws_lambda: Any, client: Maker
) -> None:
    create(SOURCE, LoggingConfig={"LogFormat": "JSON"})
    invoke()
    aws_lambda.update_function_configuration(
        FunctionName="hello", LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "FATAL"}
    )
    before = len(logged(client))
    invoke()
    later = [record["type"] for record in logged(client)[before:]]
    assert sorted(later) == ["platform.initStart", "platform.report", "platform.start"]
