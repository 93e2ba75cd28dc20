"""The handlers of "API Gateway", called as functions with the events that each kind of API sends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

import lambdalab
from tests.samples.chapter import Chapter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

CHAPTER = Chapter("triggers/api-gateway")
DUNE = {"isbn": "0441013597", "title": "Dune"}
METHOD_ARN = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/prod/PUT/books/1"


@pytest.fixture(scope="module")
def running_lab() -> Iterator[lambdalab.Lab]:
    lab = lambdalab.start()
    yield lab
    lab.stop()


@pytest.fixture
def table(running_lab: lambdalab.Lab, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The table, with Dune in it."""
    running_lab.reset()
    boto3.client("dynamodb").create_table(
        TableName="books",
        KeySchema=[{"AttributeName": "isbn", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "isbn", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    monkeypatch.setenv("TABLE", "books")
    made = boto3.resource("dynamodb").Table("books")
    made.put_item(Item=DUNE)
    return made


def rest(method: str, isbn: str | None = None, body: Any = None) -> dict[str, Any]:
    """An event of a REST API."""
    return {
        "httpMethod": method,
        "resource": "/books/{isbn}" if isbn else "/books",
        "pathParameters": {"isbn": isbn} if isbn else None,
        "body": None if body is None else json.dumps(body),
    }


def http(method: str, isbn: str | None = None, body: Any = None) -> dict[str, Any]:
    """An event of an HTTP API, in format 2.0: what is empty is not there."""
    return {
        "version": "2.0",
        "routeKey": f"{method} /books/{{isbn}}" if isbn else f"{method} /books",
        **({"pathParameters": {"isbn": isbn}} if isbn else {}),
        **({} if body is None else {"body": json.dumps(body)}),
    }


def test_books_behind_a_rest_api(table: Any) -> None:
    handler = CHAPTER.load("books").handler
    assert json.loads(handler(rest("GET"), None)["body"]) == [DUNE]
    assert json.loads(handler(rest("GET", DUNE["isbn"]), None)["body"]) == DUNE
    assert handler(rest("GET", "unknown"), None)["statusCode"] == 404
    assert handler(rest("POST", body={"isbn": "1", "title": "One"}), None)["statusCode"] == 201
    assert handler(rest("PUT", "1", {"title": "Won"}), None)["statusCode"] == 200
    assert table.get_item(Key={"isbn": "1"})["Item"] == {"isbn": "1", "title": "Won"}
    assert handler(rest("DELETE", "1"), None) == {"statusCode": 204}
    assert "Item" not in table.get_item(Key={"isbn": "1"})
    with pytest.raises(ValueError, match="Expecting value"):
        handler({**rest("POST"), "body": "oops"}, None)


def test_the_same_behind_an_http_api(table: Any) -> None:
    handler = CHAPTER.load("shelf").handler
    assert handler(http("GET"), None) == [DUNE]
    assert handler(http("GET", DUNE["isbn"]), None) == DUNE
    assert handler(http("GET", "unknown"), None)["statusCode"] == 404
    assert handler(http("POST", body={"isbn": "1"}), None)["statusCode"] == 201
    assert handler(http("PUT", "1", {"title": "Won"}), None) == {"isbn": "1", "title": "Won"}
    assert handler(http("DELETE", "1"), None) == {"statusCode": 204}
    assert handler({"routeKey": "$default"}, None) is None, "behind a function URL"


def test_an_answer_without_a_status_code() -> None:
    assert "statusCode" not in CHAPTER.load("count").handler({}, None)


@pytest.mark.parametrize(
    ("name", "resource"), [("guard", METHOD_ARN), ("guard_mended", METHOD_ARN.partition("/")[0] + "/prod/*")]
)
def test_the_guard_allows_one_method_and_the_mended_one_all(name: str, resource: str) -> None:
    guard: ModuleType = CHAPTER.load(name)
    said = guard.handler({"authorizationToken": "Bearer ada-1815", "methodArn": METHOD_ARN}, None)
    assert said["principalId"] == "ada"
    assert said["policyDocument"]["Statement"][0]["Resource"] == resource
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        guard.handler({"authorizationToken": "stolen", "methodArn": METHOD_ARN}, None)


def test_the_door_knows_who_it_is_and_asks_for_no_more() -> None:
    handler = CHAPTER.load("door").handler
    assert handler({"headers": {"authorization": "Bearer bob-1923"}}, None)["isAuthorized"] is True
    assert handler({"headers": {"authorization": "stolen"}}, None)["isAuthorized"] is False
