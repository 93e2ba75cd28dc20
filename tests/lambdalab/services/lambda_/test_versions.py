"""Versions: what is published, what stays as it was, and what a qualifier means."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.lambdalab.answers import refusal
from tests.lambdalab.packages import zipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab

    Maker = Callable[..., Any]

WHO = """
import os
def handler(event, context):
    return [context.function_version, context.invoked_function_arn, os.environ.get("STAGE"), context.log_stream_name]
"""
ECHO = "def handler(event, context): return event"
ARN = "arn:aws:lambda:us-east-1:123456789012:function:hello"
NO_SUCH = (404, "ResourceNotFoundException")
INVALID = (400, "InvalidParameterValueException")


# Publish ----------------------------------------------------------------------------------------------------------


def test_a_version_is_a_number_behind_the_arn(create: Maker, aws_lambda: Any) -> None:
    made = create(ECHO)
    version = aws_lambda.publish_version(FunctionName="hello", Description="first")
    assert version["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert (version["Version"], version["FunctionArn"], version["Description"]) == ("1", f"{ARN}:1", "first")
    assert (version["State"], version["LastUpdateStatus"]) == ("Active", "Successful")
    assert version["CodeSha256"] == made["CodeSha256"]
    assert version["RevisionId"] != aws_lambda.get_function_configuration(FunctionName="hello")["RevisionId"]


def test_what_has_not_changed_is_not_published_again(create: Maker, aws_lambda: Any) -> None:
    create(ECHO)
    first = aws_lambda.publish_version(FunctionName="hello", Description="first")
    again = aws_lambda.publish_version(FunctionName="hello", Description="second")
    assert (again["Version"], again["Description"], again["RevisionId"]) == ("1", "first", first["RevisionId"])
    aws_lambda.update_function_configuration(FunctionName="hello", Timeout=9)
    assert aws_lambda.publish_version(FunctionName="hello")["Version"] == "2"
    assert aws_lambda.publish_version(FunctionName="hello")["Version"] == "2"


def test_numbers_are_never_used_again(create: Maker, aws_lambda: Any) -> None:
    create(ECHO)
    aws_lambda.publish_version(FunctionName="hello")
    aws_lambda.delete_function(FunctionName="hello", Qualifier="1")
    assert aws_lambda.publish_version(FunctionName="hello")["Version"] == "2"
    aws_lambda.delete_function(FunctionName="hello")
    create(ECHO)
    assert aws_lambda.publish_version(FunctionName="hello")["Version"] == "3"


def test_publishing_may_expect_a_digest(create: Maker, aws_lambda: Any) -> None:
    digest = create(ECHO)["CodeSha256"]
    assert refusal(aws_lambda.publish_version, FunctionName="hello", CodeSha256="other") == (
        *INVALID,
        f"CodeSHA256 (other) is different from current CodeSHA256 in $LATEST ({digest}). "
        "Please try again with the CodeSHA256 in $LATEST.",
    )
    assert aws_lambda.publish_version(FunctionName="hello", CodeSha256=digest)["Version"] == "1"


def test_publishing_may_expect_a_revision(create: Maker, aws_lambda: Any) -> None:
    create(ECHO)
    status, code, message = refusal(aws_lambda.publish_version, FunctionName="hello", RevisionId="other")
    assert (status, code) == (412, "PreconditionFailedException")
    assert message == (
        "The Revision Id provided does not match the latest Revision Id. "
        "Call the GetFunction/GetAlias API to retrieve the latest Revision Id"
    )
    revision = aws_lambda.get_function(FunctionName="hello")["Configuration"]["RevisionId"]
    assert aws_lambda.publish_version(FunctionName="hello", RevisionId=revision)["Version"] == "1"


def test_a_function_may_be_published_as_it_is_created(create: Maker, aws_lambda: Any) -> None:
    made = create(ECHO, Publish=True)
    assert (made["Version"], made["FunctionArn"], made["State"]) == ("1", ARN, "Pending")
    assert aws_lambda.get_function_configuration(FunctionName="hello")["Version"] == "$LATEST"
    assert aws_lambda.get_function_configuration(FunctionName="hello:1")["State"] == "Active"


def test_code_may_be_published_as_it_is_updated(create: Maker, aws_lambda: Any) -> None:
    create(ECHO)
    code = zipped({"app.py": WHO})
    version = aws_lambda.update_function_code(FunctionName="hello", ZipFile=code, Publish=True)
    assert (version["Version"], version["FunctionArn"]) == ("1", f"{ARN}:1")
    assert (version["State"], version["StateReasonCode"]) == ("Pending", "Creating")
    aws_lambda.get_waiter("published_version_active").wait(FunctionName="hello", Qualifier="1")


def test_a_version_keeps_code_and_configuration(create: Maker, invoke: Maker, aws_lambda: Any) -> None:
    create(WHO, Environment={"Variables": {"STAGE": "test"}}, MemorySize=128)
    aws_lambda.publish_version(FunctionName="hello")
    before = aws_lambda.get_function_configuration(FunctionName="hello", Qualifier="1")
    aws_lambda.update_function_configuration(
        FunctionName="hello", Environment={"Variables": {"STAGE": "live"}}, MemorySize=256, Timeout=9
    )
    aws_lambda.update_function_code(FunctionName="hello", ZipFile=zipped({"app.py": ECHO}))
    after = aws_lambda.get_function_configuration(FunctionName="hello", Qualifier="1")
    del before["ResponseMetadata"], after["ResponseMetadata"]
    assert after == before
    version, arn, stage, stream = invoke(Qualifier="1")
    assert (version, arn, stage) == ("1", f"{ARN}:1", "test")
    assert stream.split("/")[3].startswith("[1]")
    assert invoke(event="new") == "new"


# Qualifiers -------------------------------------------------------------------------------------------------------


def test_the_handler_learns_how_it_was_called(create: Maker, aws_lambda: Any) -> None:
    create(WHO, Publish=True)
    aws_lambda.create_alias(FunctionName="hello", Name="live", FunctionVersion="1")
    wanted = {
        "hello": ("$LATEST", ARN),
        "hello:$LATEST": ("$LATEST", f"{ARN}:$LATEST"),
        f"{ARN}:1": ("1", f"{ARN}:1"),
        "123456789012:function:hello:live": ("1", f"{ARN}:live"),
    }
    for name, (version, arn) in wanted.items():
        response = aws_lambda.invoke(FunctionName=name)
        assert response["ExecutedVersion"] == version
        assert json.load(response["Payload"])[:2] == [version, arn]


def test_configurations_are_found_by_every_name(create: Maker, aws_lambda: Any) -> None:
    create(ECHO, Publish=True)
    aws_lambda.create_alias(FunctionName="hello", Name="live", FunctionVersion="1")
    wanted = {
        "hello": ("$LATEST", ARN),
        ARN: ("$LATEST", ARN),
        "hello:$LATEST": ("$LATEST", f"{ARN}:$LATEST"),
        "function:hello:1": ("1", f"{ARN}:1"),
        f"{ARN}:live": ("1", f"{ARN}:live"),
    }
    for name, (version, arn) in wanted.items():
        for found in (
            aws_lambda.get_function(FunctionName=name)["Configuration"],
            aws_lambda.get_function_configuration(FunctionName=name),
        ):
            assert (found["Version"], found["FunctionArn"]) == (version, arn)


def test_qualifiers_in_two_places_must_agree(create: Maker, aws_lambda: Any) -> None:
    create(ECHO, Publish=True)
    assert aws_lambda.get_function(FunctionName="hello:1", Qualifier="1")["Configuration"]["Version"] == "1"
    for call in (aws_lambda.get_function, aws_lambda.invoke, aws_lambda.get_function_configuration):
        assert refusal(call, FunctionName="hello:1", Qualifier="$LATEST") == (
            *INVALID,
            "The derived qualifier from the function name does not match the specified qualifier.",
        )


def test_a_function_of_another_region_is_out_of_reach(aws_lambda: Any) -> None:
    elsewhere = "arn:aws:lambda:eu-west-1:123456789012:function:hello"
    assert refusal(aws_lambda.get_function, FunctionName=elsewhere) == (
        *NO_SUCH,
        "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
    )


@pytest.mark.parametrize("qualifier", ["7", "nobody"])
def test_an_unknown_qualifier_is_not_found(create: Maker, aws_lambda: Any, qualifier: str) -> None:
    create(ECHO)
    for call in (aws_lambda.get_function, aws_lambda.get_function_configuration, aws_lambda.invoke):
        expected = (*NO_SUCH, f"Function not found: {ARN}:{qualifier}")
        assert refusal(call, FunctionName="hello", Qualifier=qualifier) == expected


def test_only_latest_can_be_changed(create: Maker, aws_lambda: Any) -> None:
    create(ECHO, Publish=True)
    for call in (aws_lambda.update_function_configuration, aws_lambda.publish_version):
        assert refusal(call, FunctionName="hello:1")[:2] == INVALID


# List -------------------------------------------------------------------------------------------------------------


def test_versions_are_listed_with_latest_first_and_without_state(create: Maker, aws_lambda: Any) -> None:
    create(ECHO, Publish=True)
    for name in ("hello", ARN):
        latest, first = aws_lambda.list_versions_by_function(FunctionName=name)["Versions"]
        assert [latest["FunctionArn"], first["FunctionArn"]] == [f"{ARN}:$LATEST", f"{ARN}:1"]
        assert not {"State", "LastUpdateStatus", "RuntimeVersionConfig"} & {*latest, *first}
    assert refusal(aws_lambda.list_versions_by_function, FunctionName="nobody")[:2] == NO_SUCH


def test_lists_come_in_pages(create: Maker, aws_lambda: Any) -> None:
    for name in ("one", "two", "three"):
        create(ECHO, name=name, Publish=True)
    page = aws_lambda.list_functions(MaxItems=2)
    assert [each["FunctionName"] for each in page["Functions"]] == ["one", "three"]
    rest = aws_lambda.list_functions(Marker=page["NextMarker"])
    assert [each["FunctionName"] for each in rest["Functions"]] == ["two"]
    assert "NextMarker" not in rest
    pages = aws_lambda.get_paginator("list_functions").paginate(FunctionVersion="ALL", PaginationConfig={"PageSize": 2})
    listed = [each["FunctionArn"].split(":")[-1] for page in pages for each in page["Functions"]]
    assert listed == ["$LATEST", "1"] * 3
    assert refusal(aws_lambda.list_functions, Marker="no marker")[:2] == INVALID


# Delete -----------------------------------------------------------------------------------------------------------


def test_a_version_is_deleted_and_the_others_stay(create: Maker, invoke: Maker, aws_lambda: Any) -> None:
    create(ECHO, Publish=True)
    aws_lambda.update_function_configuration(FunctionName="hello", Timeout=9)
    aws_lambda.publish_version(FunctionName="hello")
    aws_lambda.create_alias(FunctionName="hello", Name="live", FunctionVersion="2")
    aws_lambda.delete_function(FunctionName="hello", Qualifier="1")
    assert refusal(aws_lambda.get_function, FunctionName="hello:1")[:2] == NO_SUCH
    assert invoke("hello:live", event="still") == "still"
    assert aws_lambda.delete_function(FunctionName="hello:1")["ResponseMetadata"]["HTTPStatusCode"] == 204


def test_a_version_that_an_alias_leads_to_stays(create: Maker, aws_lambda: Any) -> None:
    create(ECHO, Publish=True)
    aws_lambda.create_alias(FunctionName="hello", Name="live", FunctionVersion="1")
    assert refusal(aws_lambda.delete_function, FunctionName="hello", Qualifier="1") == (
        409,
        "ResourceConflictException",
        "Unable to delete version because the following aliases reference it: [live]",
    )


def test_neither_latest_nor_an_alias_can_be_deleted_as_a_version(create: Maker, aws_lambda: Any) -> None:
    create(ECHO, Publish=True)
    aws_lambda.create_alias(FunctionName="hello", Name="live", FunctionVersion="1")
    assert refusal(aws_lambda.delete_function, FunctionName="hello", Qualifier="$LATEST") == (
        *INVALID,
        "$LATEST version cannot be deleted without deleting the function.",
    )
    assert refusal(aws_lambda.delete_function, FunctionName="hello:live") == (
        *INVALID,
        "Deletion of aliases is not currently supported.",
    )


def test_a_deleted_function_takes_versions_aliases_and_environments_along(
    lab: Lab, create: Maker, invoke: Maker, aws_lambda: Any
) -> None:
    create(ECHO, Publish=True)
    aws_lambda.create_alias(FunctionName="hello", Name="live", FunctionVersion="1")
    invoke("hello:live")
    invoke("hello")
    assert len(lab.engine.environments(ARN)) == 2
    aws_lambda.delete_function(FunctionName="hello")
    assert lab.engine.environments(ARN) == []
    create(ECHO)
    assert refusal(aws_lambda.get_function, FunctionName="hello:1")[:2] == NO_SUCH
    assert aws_lambda.list_aliases(FunctionName="hello")["Aliases"] == []


# Tags -------------------------------------------------------------------------------------------------------------


def test_tags_belong_to_the_function(create: Maker, aws_lambda: Any) -> None:
    create(ECHO, Publish=True, Tags={"team": "blue"})
    before = aws_lambda.get_function(FunctionName="hello")["Configuration"]["RevisionId"]
    assert aws_lambda.tag_resource(Resource=ARN, Tags={"cost": "1"})["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert aws_lambda.list_tags(Resource=ARN)["Tags"] == {"team": "blue", "cost": "1"}
    found = aws_lambda.get_function(FunctionName="hello")
    assert found["Tags"] == {"team": "blue", "cost": "1"}
    assert found["Configuration"]["RevisionId"] != before
    aws_lambda.untag_resource(Resource=ARN, TagKeys=["team", "nobody"])
    assert aws_lambda.list_tags(Resource=ARN)["Tags"] == {"cost": "1"}
    assert refusal(aws_lambda.tag_resource, Resource=f"{ARN}:1", Tags={"team": "red"}) == (
        *INVALID,
        "Tags on function aliases and versions are not supported. Please specify a function ARN.",
    )
    many = {f"key{number}": "" for number in range(50)}
    assert refusal(aws_lambda.tag_resource, Resource=ARN, Tags=many) == (
        *INVALID,
        "Number of tags exceeds resource tag limit.",
    )
