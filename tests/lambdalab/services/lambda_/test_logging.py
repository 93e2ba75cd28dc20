"""LoggingConfig: where a function logs, in which form, and how much."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.lambdalab.answers import refusal
from tests.lambdalab.packages import zipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab

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


@pytest.mark.parametrize("level", ["ApplicationLogLevel", "SystemLogLevel"])
def test_a_log_in_text_has_no_levels(level: str, lab: Lab, create: Maker, aws_lambda: Any) -> None:
    refused = (
        400,
        "InvalidParameterValueException",
        'LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or change the '
        'LogFormat to "Json" and try again.',
    )
    settings = {
        "FunctionName": "hello",
        "Runtime": "python3.13",
        "Role": lab.role("role"),
        "Handler": "app.handler",
        "Code": {"ZipFile": zipped({"app.py": SOURCE})},
    }
    for config in ({level: "WARN"}, {level: "WARN", "LogFormat": "Text"}):
        assert refusal(aws_lambda.create_function, **settings, LoggingConfig=config) == refused
    create(SOURCE)
    update = aws_lambda.update_function_configuration
    assert refusal(update, FunctionName="hello", LoggingConfig={level: "WARN"}) == refused


def test_an_update_keeps_what_it_does_not_name(create: Maker, aws_lambda: Any) -> None:
    create(SOURCE, LoggingConfig={"LogFormat": "JSON", "SystemLogLevel": "WARN"})

    def update(**config: str) -> Any:
        return aws_lambda.update_function_configuration(FunctionName="hello", LoggingConfig=config)["LoggingConfig"]

    levels = {"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "WARN"}
    assert update(LogGroup="shop") == {**levels, "LogGroup": "shop"}
    assert update(ApplicationLogLevel="DEBUG") == {**levels, "ApplicationLogLevel": "DEBUG", "LogGroup": "shop"}
    assert update(LogFormat="Text") == {"LogFormat": "Text", "LogGroup": "shop"}
    assert update(LogFormat="JSON")["SystemLogLevel"] == "INFO"


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
