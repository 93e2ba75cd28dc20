"""Aliases: what they point to, and how they split traffic."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.lambdalab.answers import refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab

    Maker = Callable[..., Any]

VERSION = "def handler(event, context): return context.function_version"
ARN = "arn:aws:lambda:us-east-1:123456789012:function:hello"
INVALID = (400, "InvalidParameterValueException")
NO_SUCH = (404, "ResourceNotFoundException")


@pytest.fixture
def two(create: Maker, aws_lambda: Any) -> Any:
    """A client of Lambda with a function `hello` that has versions 1 and 2."""
    create(VERSION, Publish=True)
    aws_lambda.update_function_configuration(FunctionName="hello", Description="second")
    aws_lambda.publish_version(FunctionName="hello")
    return aws_lambda


def weights(version: str, weight: float) -> dict[str, Any]:
    return {"AdditionalVersionWeights": {version: weight}}


def answer(response: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    status = response.pop("ResponseMetadata")["HTTPStatusCode"]
    return status, response


def test_an_alias_is_made_read_changed_and_deleted(two: Any) -> None:
    status, made = answer(two.create_alias(FunctionName="hello", Name="live", FunctionVersion="1"))
    revision = made["RevisionId"]
    assert (status, made) == (
        201,
        {
            "AliasArn": f"{ARN}:live",
            "Name": "live",
            "FunctionVersion": "1",
            "Description": "",
            "RevisionId": revision,
        },
    )
    assert answer(two.get_alias(FunctionName="hello", Name="live")) == (200, made)
    status, changed = answer(
        two.update_alias(FunctionName="hello", Name="live", FunctionVersion="2", RoutingConfig=weights("1", 0.25))
    )
    assert (status, changed["FunctionVersion"], changed["RoutingConfig"]) == (200, "2", weights("1", 0.25))
    assert changed["RevisionId"] != revision
    assert answer(two.get_alias(FunctionName="hello", Name="live")) == (200, changed)
    assert answer(two.delete_alias(FunctionName="hello", Name="live"))[0] == 204
    assert refusal(two.get_alias, FunctionName="hello", Name="live") == (
        *NO_SUCH,
        f"Cannot find alias arn: {ARN}:live",
    )
    assert refusal(two.update_alias, FunctionName="hello", Name="live")[:2] == NO_SUCH


def test_an_update_changes_what_it_names(two: Any) -> None:
    two.create_alias(
        FunctionName="hello", Name="live", FunctionVersion="1", Description="said", RoutingConfig=weights("2", 0.5)
    )
    same = two.update_alias(FunctionName="hello", Name="live")
    assert (same["Description"], same["RoutingConfig"]) == ("said", weights("2", 0.5))
    cleared = two.update_alias(FunctionName="hello", Name="live", RoutingConfig={})
    assert "RoutingConfig" not in cleared
    assert (cleared["Description"], cleared["FunctionVersion"]) == ("said", "1")


def test_an_update_may_expect_a_revision(two: Any) -> None:
    first = two.create_alias(FunctionName="hello", Name="live", FunctionVersion="1")["RevisionId"]
    two.update_alias(FunctionName="hello", Name="live", FunctionVersion="2", RevisionId=first)
    status, code, _ = refusal(
        two.update_alias, FunctionName="hello", Name="live", FunctionVersion="1", RevisionId=first
    )
    assert (status, code) == (412, "PreconditionFailedException")


def test_aliases_are_listed_of_a_function_or_of_a_version(two: Any) -> None:
    for name, version in (("test", "1"), ("live", "2"), ("all", "2")):
        two.create_alias(FunctionName="hello", Name=name, FunctionVersion=version)

    def listed(**request: Any) -> list[str]:
        return [alias["Name"] for alias in two.list_aliases(**request)["Aliases"]]

    assert listed(FunctionName="hello") == listed(FunctionName=ARN) == ["all", "live", "test"]
    assert listed(FunctionName="hello", FunctionVersion="2") == ["all", "live"]
    assert listed(FunctionName="hello", MaxItems=1) == ["all"]


WRONG = {
    "two additional versions": (
        {"RoutingConfig": {"AdditionalVersionWeights": {"1": 0.1, "2": 0.1}}},
        (*INVALID, "Number of items in AdditionalVersionWeights cannot be greater than 1"),
    ),
    "the version itself": (
        {"RoutingConfig": weights("1", 0.1)},
        (
            *INVALID,
            "Invalid function version 1. Function version 1 is already included in routing configuration.",
        ),
    ),
    "$LATEST with a second version": (
        {"FunctionVersion": "$LATEST", "RoutingConfig": weights("1", 0.1)},
        (*INVALID, "$LATEST is not supported for an alias pointing to more than 1 version"),
    ),
    "a weight for $LATEST": (
        {"RoutingConfig": weights("$LATEST", 0.5)},
        (
            400,
            "ValidationException",
            "1 validation error detected: Value '{$LATEST=0.5}' at 'routingConfig.additionalVersionWeights' failed to "
            "satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to "
            "1024, Member must have length greater than or equal to 1, Member must satisfy regular expression "
            "pattern: [0-9]+, Member must not be null]",
        ),
    ),
    "a weight over 1": (
        {"RoutingConfig": weights("2", 2)},
        (
            400,
            "ValidationException",
            "1 validation error detected: Value '{2=2.0}' at 'routingConfig.additionalVersionWeights' failed to "
            "satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to "
            "1.0, Member must have value greater than or equal to 0.0, Member must not be null]",
        ),
    ),
    "a version that is not there": (
        {"FunctionVersion": "9"},
        (*NO_SUCH, f"Function not found: {ARN}:9"),
    ),
    "a weight for a version that is not there": (
        {"RoutingConfig": weights("9", 0.5)},
        (*NO_SUCH, f"Function not found: {ARN}:9"),
    ),
    "a function that is not there": (
        {"FunctionName": "nobody"},
        (*NO_SUCH, f"Function not found: {ARN.replace('hello', 'nobody')}:1"),
    ),
    "a number for a name": (
        {"Name": "12"},
        (
            400,
            "ValidationException",
            "1 validation error detected: Value '12' at 'name' failed to satisfy constraint: Member must satisfy "
            "regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)",
        ),
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_an_alias_that_cannot_work_is_refused(two: Any, case: str) -> None:
    request, expected = WRONG[case]
    alias = {"FunctionName": "hello", "Name": "live", "FunctionVersion": "1", **request}
    assert refusal(two.create_alias, **alias) == expected
    assert two.list_aliases(FunctionName="hello")["Aliases"] == []


def test_a_name_is_taken_once(two: Any) -> None:
    two.create_alias(FunctionName="hello", Name="live", FunctionVersion="1")
    assert refusal(two.create_alias, FunctionName="hello", Name="live", FunctionVersion="2") == (
        409,
        "ResourceConflictException",
        f"Alias already exists: {ARN}:live",
    )


def test_weights_split_the_calls(lab: Lab, two: Any, invoke: Maker) -> None:
    two.create_alias(FunctionName="hello", Name="live", FunctionVersion="1", RoutingConfig=weights("2", 0.1))

    def calls() -> str:
        return "".join(invoke("hello:live") for _ in range(30))

    first = calls()
    assert 1 <= Counter(first)["2"] <= 8, "3 of 30 are expected"
    lab.pace.reset()
    assert calls() == first, "the dice fall the same way after each start"
    lab.pace.random.seed(7)
    assert calls() != first


def test_the_answer_says_which_version_ran(two: Any) -> None:
    two.create_alias(FunctionName="hello", Name="live", FunctionVersion="1", RoutingConfig=weights("2", 1))
    assert two.invoke(FunctionName="hello", Qualifier="live")["ExecutedVersion"] == "2"


def test_events_in_the_queue_are_split_too(lab: Lab, two: Any, client: Maker) -> None:
    two.create_alias(FunctionName="hello", Name="live", FunctionVersion="1", RoutingConfig=weights("2", 1))
    two.invoke(FunctionName="hello:live", InvocationType="Event")
    lab.settle()
    (stream,) = client("logs").describe_log_streams(logGroupName="/aws/lambda/hello")["logStreams"]
    assert "[2]" in stream["logStreamName"]


def test_an_alias_of_latest_follows_it(two: Any, invoke: Maker) -> None:
    two.create_alias(FunctionName="hello", Name="next", FunctionVersion="$LATEST")
    assert invoke("hello:next") == "$LATEST"


def test_a_version_with_a_weight_cannot_be_deleted(two: Any) -> None:
    two.create_alias(FunctionName="hello", Name="live", FunctionVersion="1", RoutingConfig=weights("2", 0.1))
    assert refusal(two.delete_function, FunctionName="hello:2")[:2] == (409, "ResourceConflictException")
