"""What the exercises' checks say of attempts that are almost right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests.lambdalab.packages import zipped
from tests.samples.chapter import Chapter

if TYPE_CHECKING:
    from lambdalab import Lab

CHAPTER = Chapter("triggers/api-gateway")
said = CHAPTER.said
HERE = "us-east-1:123456789012"
BOOKS = "def handler(event, context): return {'statusCode': 204 if event['routeKey'].startswith('DELETE') else 200}"


class Shelf:
    """The HTTP API of the chapter, over functions of the test's."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self.http = boto3.client("apigatewayv2")
        self.id = self.http.create_api(Name="shelf", ProtocolType="HTTP")["ApiId"]
        self.http.create_stage(ApiId=self.id, StageName="$default", AutoDeploy=True)
        self.http.create_route(ApiId=self.id, RouteKey="GET /books")  # an API without routes shows nothing

    def function(self, name: str, code: str) -> str:
        client = boto3.client("lambda")
        arn = client.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Code={"ZipFile": zipped({"app.py": code})},
            Handler="app.handler",
            Role=self._lab.role("plain"),
        )["FunctionArn"]
        client.add_permission(
            FunctionName=name,
            StatementId="api",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
        )
        return str(arn)

    def route(self, key: str, function_arn: str, **more: Any) -> None:
        integration = self.http.create_integration(
            ApiId=self.id, IntegrationType="AWS_PROXY", IntegrationUri=function_arn, PayloadFormatVersion="2.0"
        )["IntegrationId"]
        self.http.create_route(ApiId=self.id, RouteKey=key, Target=f"integrations/{integration}", **more)


@pytest.fixture
def shelf(lab: Lab) -> Shelf:
    return Shelf(lab)


def test_without_the_api_there_is_nothing_to_ask(lab: Lab) -> None:
    assert "no HTTP API called shelf" in said("review")


REVIEW = "import json\ndef handler(event, context):\n"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (None, "POST /reviews is not there"),
        ("    return {'statusCode': 400}", "A review with 5 stars got 400"),
        ("    stars = json.loads(event['body'])['stars']\n    return {'statusCode': 201}", "that is no JSON"),
        (
            "    try:\n        stars = json.loads(event['body'])['stars']\n"
            "    except Exception:\n        return {'statusCode': 400, 'body': 'what?'}\n"
            "    return {'statusCode': 201}",
            "For 6 stars the answer is 201",
        ),
        (
            "    try:\n        ok = 1 <= json.loads(event['body'])['stars'] <= 5\n"
            "    except Exception:\n        ok = False\n"
            "    return {'statusCode': 201 if ok else 400, 'body': '' if not ok else 'thanks'}",
            "a 400 with nothing in it",
        ),
    ],
)
def test_reviews(shelf: Shelf, code: str | None, expected: str) -> None:
    if code is not None:
        shelf.route("POST /reviews", shelf.function("review", REVIEW + code))
    assert expected in said("review")


PAGE = "https://admin.example.com"


@pytest.mark.parametrize(
    ("cors", "expected"),
    [
        ({}, "allowed are []"),
        ({"AllowOrigins": ["admin.example.com"]}, 'allowed are ["admin.example.com"]'),
        ({"AllowOrigins": [PAGE], "AllowMethods": ["GET"]}, "for GET"),
        ({"AllowOrigins": [PAGE], "AllowMethods": ["PUT"]}, "the header authorization is not"),
        (
            {"AllowOrigins": [PAGE], "AllowMethods": ["*"], "AllowHeaders": ["authorization"]},
            "the header content-type is not",
        ),
        (
            {"AllowOrigins": ["*"], "AllowMethods": ["PUT"], "AllowHeaders": ["authorization", "content-type"]},
            "Which origin is everybody's?",
        ),
    ],
)
def test_cors(shelf: Shelf, cors: dict[str, Any], expected: str) -> None:
    if cors:
        shelf.http.update_api(ApiId=shelf.id, CorsConfiguration=cors)
    assert expected in said("admin")


def knows(rule: str) -> str:
    return (
        "USERS = {'Bearer ada-1815': 'ada', 'Bearer bob-1923': 'bob'}\n"
        "def handler(event, context):\n"
        "    user = USERS.get(event['headers']['authorization'])\n"
        "    reads = event['requestContext']['http']['method'] == 'GET'\n"
        f"    return {{'isAuthorized': {rule}}}"
    )


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (knows("user is not None"), "When bob deletes a book, the answer is 204"),
        (knows("user == 'ada'"), "When bob reads a book, the answer is 403"),
        (knows("reads or user == 'ada'"), "with a token that nobody has reads a book, the answer is 200"),
        (knows("user"), "the answer is a 500"),
    ],
)
def test_the_door(shelf: Shelf, code: str, expected: str) -> None:
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{shelf.function('door', code)}/invocations"
    door = shelf.http.create_authorizer(
        ApiId=shelf.id,
        Name="door",
        AuthorizerType="REQUEST",
        AuthorizerUri=uri,
        AuthorizerPayloadFormatVersion="2.0",
        EnableSimpleResponses=True,
        IdentitySource=["$request.header.Authorization"],
    )["AuthorizerId"]
    books = shelf.function("shelf", BOOKS)
    for verb in ("GET", "PUT", "DELETE"):
        shelf.route(f"{verb} /books/{{isbn}}", books, AuthorizationType="CUSTOM", AuthorizerId=door)
    assert expected in said("door")
