"""What a stage writes about its requests: the only place that says why one failed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Api

REST = "API Gateway (REST)"
SAYS = """
def handler(event, context):
    kind = event["pathParameters"]["kind"]
    if kind == "raises":
        raise ValueError("no such pet")
    return {"statusCode": 200, "body": "secret"} if kind == "good" else {"status": 200}
"""


@pytest.fixture
def logging(
    api: Api, function: Callable[..., Any], client: Callable[[str], Any]
) -> Callable[..., Callable[[], list[str]]]:
    """Switches a stage's log on; gives its lines so far, without the request ids."""

    def switch(level: str = "INFO", trace: str = "false", key: str = "~1{kind}/GET") -> Callable[[], list[str]]:
        api.method("/{kind}", "GET", function("says", SAYS))
        api.deploy()
        role = {"op": "replace", "path": "/cloudwatchRoleArn", "value": "arn:aws:iam::123456789012:role/logs"}
        api.control.update_account(patchOperations=[role])
        patches = [
            {"op": "replace", "path": f"/{key}/logging/loglevel", "value": level},
            {"op": "replace", "path": f"/{key}/logging/dataTrace", "value": trace},
        ]
        api.control.update_stage(restApiId=api.id, stageName="prod", patchOperations=patches)

        def lines() -> list[str]:
            group = f"API-Gateway-Execution-Logs_{api.id}/prod"
            logs = client("logs")
            try:
                found = logs.filter_log_events(logGroupName=group)["events"]
            except logs.exceptions.ResourceNotFoundException:
                return []
            return [each["message"].partition(") ")[2] for each in found]

        return lines

    return switch


@pytest.mark.source(REST, "execution logs")
def test_the_log_follows_a_request(logging: Callable[..., Any], api: Api) -> None:
    lines = logging()
    api.call("/good")
    said = lines()
    assert said[1].startswith("Starting execution for request: ")
    assert said[2] == "HTTP Method: GET, Resource Path: /{kind}"
    assert said[3].startswith("Sending request to https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/arn:aws:")
    assert said[4].startswith("Received response. Status: 200, Integration latency: ")
    assert said[5:] == ["Successfully completed execution", "Method completed with status: 200"]


@pytest.mark.source(REST, "execution logs")
@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/odd", "Execution failed due to configuration error: Malformed Lambda proxy response"),
        ("/raises", "Lambda execution failed with status 200 due to customer function error: no such pet"),
    ],
)
def test_the_log_says_why(path: str, why: str, logging: Callable[..., Any], api: Api) -> None:
    lines = logging("ERROR", key="*/*")
    api.call("/good")
    assert api.call(path).status == 502
    (said,) = lines()
    assert said.startswith(why)


@pytest.mark.source(REST, "execution logs")
def test_data_is_logged_only_with_data_trace(logging: Callable[..., Any], api: Api) -> None:
    lines = logging(trace="true")
    api.call("/good")
    assert "Method response body after transformations: secret" in lines()
    patch = {"op": "replace", "path": "/~1{kind}/GET/logging/dataTrace", "value": "false"}
    api.control.update_stage(restApiId=api.id, stageName="prod", patchOperations=[patch])
    before = len(lines())
    api.call("/good")
    assert not any("secret" in line for line in lines()[before:])


def test_without_the_setting_nothing_is_written(logging: Callable[..., Any], api: Api) -> None:
    lines = logging("OFF")
    api.call("/odd")
    assert lines() == []


def test_an_account_needs_a_role_first(api: Api) -> None:
    api.mock("/")
    api.deploy()
    patch = {"op": "replace", "path": "/*/*/logging/loglevel", "value": "INFO"}
    with pytest.raises(ClientError) as raised:
        api.control.update_stage(restApiId=api.id, stageName="prod", patchOperations=[patch])
    assert raised.value.response["Error"] == {
        "Code": "BadRequestException",
        "Message": "CloudWatch Logs role ARN must be set in account settings to enable logging",
    }


@pytest.mark.source(REST, "access logs")
def test_the_access_log_has_a_line_for_each_request(
    logging: Callable[..., Any], api: Api, client: Callable[[str], Any]
) -> None:
    logging("OFF")
    logs = client("logs")
    logs.create_log_group(logGroupName="access")
    wanted = {"id": "$context.requestId", "ip": "$context.identity.sourceIp", "status": "$context.status"}
    wanted |= {"path": "$context.resourcePath", "why": "$context.integrationErrorMessage"}
    settings = {"destinationArn": "arn:aws:logs:us-east-1:123456789012:log-group:access", "format": json.dumps(wanted)}
    patches = [
        {"op": "replace", "path": f"/accessLogSettings/{name}", "value": each} for name, each in settings.items()
    ]
    api.control.update_stage(restApiId=api.id, stageName="prod", patchOperations=patches)
    answers = [api.call("/good"), api.call("/odd"), api.call("/")]
    said = [json.loads(each["message"]) for each in logs.filter_log_events(logGroupName="access")["events"]]
    assert [each["id"] for each in said] == [each.headers["x-amzn-requestid"] for each in answers]
    assert [(each["status"], each["path"], each["ip"]) for each in said] == [
        ("200", "/{kind}", "127.0.0.1"),
        ("502", "/{kind}", "127.0.0.1"),
        ("403", "-", "127.0.0.1"),
    ]
    assert "Malformed Lambda proxy response" in said[1]["why"]
