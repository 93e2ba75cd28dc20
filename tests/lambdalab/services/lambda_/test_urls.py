"""Function URLs: their configuration, and what a request to one comes to."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab

    Maker = Callable[..., Any]

ECHO = "def handler(event, context): return event"
HELLO = "def handler(event, context): return {'statusCode': 200, 'body': 'hello'}"
TROUBLE = (
    b'{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: '
    b'https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}'
)


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def fetch(url: str, method: str = "GET", body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
    """What any HTTP client gets."""
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, {k.lower(): v for k, v in error.headers.items()}, error.read())


def open_up(aws_lambda: Any, name: str = "hello", **qualifier: str) -> None:
    """Let everybody in: both permissions that it takes since October 2025."""
    aws_lambda.add_permission(
        FunctionName=name,
        StatementId="url",
        Action="lambda:InvokeFunctionUrl",
        Principal="*",
        FunctionUrlAuthType="NONE",
        **qualifier,
    )
    aws_lambda.add_permission(
        FunctionName=name,
        StatementId="function",
        Action="lambda:InvokeFunction",
        Principal="*",
        InvokedViaFunctionUrl=True,
        **qualifier,
    )


@pytest.fixture
def public(lab: Lab, create: Maker, aws_lambda: Any) -> Maker:
    """Creates a function that everybody may call, and answers its address on this machine."""

    def make(source: str = ECHO, *, settings: dict[str, Any] | None = None, **config: Any) -> str:
        create(source, **(settings or {}))
        open_up(aws_lambda)
        made = aws_lambda.create_function_url_config(FunctionName="hello", AuthType="NONE", **config)
        return lab.url(made["FunctionUrl"])

    return make


def refusal(call: Callable[[], Any]) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as caught:
        call()
    response = caught.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"], response["Error"]["Message"]


# Configuration ----------------------------------------------------------------------------------------------------


def test_a_url_looks_as_on_aws(create: Maker, aws_lambda: Any) -> None:
    create(ECHO)
    made = aws_lambda.create_function_url_config(FunctionName="hello", AuthType="NONE")
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert re.fullmatch(r"https://[0-9a-z]{32}\.lambda-url\.us-east-1\.on\.aws/", made["FunctionUrl"])
    assert (made["AuthType"], made["InvokeMode"]) == ("NONE", "BUFFERED")
    assert made["FunctionArn"] == "arn:aws:lambda:us-east-1:123456789012:function:hello"
    assert "Cors" not in made


def test_get_answers_what_create_answered(create: Maker, aws_lambda: Any) -> None:
    create(ECHO)
    made = aws_lambda.create_function_url_config(FunctionName="hello", AuthType="AWS_IAM", Cors={"MaxAge": 5})
    got = aws_lambda.get_function_url_config(FunctionName="hello")
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 200
    for answer in (made, got):
        del answer["ResponseMetadata"]
    assert got == {**made, "LastModifiedTime": got["LastModifiedTime"]}


def test_update_changes_what_is_given_and_leaves_the_url(create: Maker, aws_lambda: Any) -> None:
    create(ECHO)
    made = aws_lambda.create_function_url_config(FunctionName="hello", AuthType="AWS_IAM", Cors={"MaxAge": 5})
    updated = aws_lambda.update_function_url_config(FunctionName="hello", AuthType="NONE", InvokeMode="RESPONSE_STREAM")
    assert (updated["AuthType"], updated["InvokeMode"]) == ("NONE", "RESPONSE_STREAM")
    assert (updated["FunctionUrl"], updated["Cors"]) == (made["FunctionUrl"], {"MaxAge": 5})


@pytest.mark.source("Function URL", "a URL for an alias")
def test_an_alias_has_a_url_of_its_own(lab: Lab, create: Maker, aws_lambda: Any) -> None:
    create("def handler(event, context): return context.function_version", Publish=True)
    aws_lambda.create_alias(FunctionName="hello", Name="live", FunctionVersion="1")
    open_up(aws_lambda, Qualifier="live")
    made = aws_lambda.create_function_url_config(FunctionName="hello", Qualifier="live", AuthType="NONE")
    assert made["FunctionArn"].endswith(":function:hello:live")
    assert fetch(lab.url(made["FunctionUrl"])).json == "1"
    latest = aws_lambda.create_function_url_config(FunctionName="hello", AuthType="NONE")
    assert fetch(lab.url(latest["FunctionUrl"])).status == 403, "what was allowed for the alias is not for $LATEST"
    listed = aws_lambda.list_function_url_configs(FunctionName="hello")["FunctionUrlConfigs"]
    assert [config["FunctionUrl"] for config in listed] == [made["FunctionUrl"], latest["FunctionUrl"]]


def test_the_list_comes_in_pages(create: Maker, aws_lambda: Any) -> None:
    create(ECHO, Publish=True)
    aws_lambda.create_alias(FunctionName="hello", Name="live", FunctionVersion="1")
    for qualifier in ({}, {"Qualifier": "live"}):
        aws_lambda.create_function_url_config(FunctionName="hello", AuthType="NONE", **qualifier)
    pages = aws_lambda.get_paginator("list_function_url_configs").paginate(
        FunctionName="hello", PaginationConfig={"PageSize": 1}
    )
    assert [len(page["FunctionUrlConfigs"]) for page in pages] == [1, 1]


def test_a_second_url_is_a_conflict(create: Maker, aws_lambda: Any) -> None:
    create(ECHO)
    aws_lambda.create_function_url_config(FunctionName="hello", AuthType="NONE")
    assert refusal(lambda: aws_lambda.create_function_url_config(FunctionName="hello", AuthType="NONE")) == (
        409,
        "ResourceConflictException",
        "Failed to create function url config for [functionArn = "
        "arn:aws:lambda:us-east-1:123456789012:function:hello]. "
        "Error message:  FunctionUrlConfig exists for this Lambda function",
    )


def test_what_is_not_there_is_not_found(create: Maker, aws_lambda: Any) -> None:
    create(ECHO)
    nothing = (404, "ResourceNotFoundException", "The resource you requested does not exist.")
    assert refusal(lambda: aws_lambda.get_function_url_config(FunctionName="hello")) == nothing
    assert refusal(lambda: aws_lambda.update_function_url_config(FunctionName="hello", AuthType="NONE")) == nothing
    assert refusal(lambda: aws_lambda.delete_function_url_config(FunctionName="hello")) == nothing
    status, code, _ = refusal(
        lambda: aws_lambda.create_function_url_config(FunctionName="hello", Qualifier="nobody", AuthType="NONE")
    )
    assert (status, code) == (404, "ResourceNotFoundException")


def test_a_url_belongs_to_an_alias_not_to_a_version(create: Maker, aws_lambda: Any) -> None:
    create(ECHO, Publish=True)
    status, code, message = refusal(
        lambda: aws_lambda.create_function_url_config(FunctionName="hello", Qualifier="1", AuthType="NONE")
    )
    assert (status, code) == (400, "ValidationException")
    assert "at 'qualifier' failed to satisfy constraint" in message


def test_options_is_no_method_to_allow(create: Maker, aws_lambda: Any) -> None:
    create(ECHO)
    _, code, message = refusal(
        lambda: aws_lambda.create_function_url_config(
            FunctionName="hello", AuthType="NONE", Cors={"AllowMethods": ["OPTIONS"]}
        )
    )
    assert code == "ValidationException"
    assert "Member must have length less than or equal to 6" in message


# Requests ---------------------------------------------------------------------------------------------------------


def test_a_request_runs_the_function(public: Maker) -> None:
    url = public(HELLO)
    answer = fetch(url)
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, b"hello", "application/json")
    assert answer.headers["x-amzn-requestid"]


@pytest.mark.source("Function URL", "payload format 2.0")
def test_the_function_sees_the_request(public: Maker) -> None:
    url = public()
    event = fetch(url + "a/b%20c?x=1&x=2", "PUT", b"text", {"Content-Type": "text/plain", "X-Own": "yes"}).json
    assert (event["rawPath"], event["rawQueryString"]) == ("/a/b%20c", "x=1&x=2")
    assert event["queryStringParameters"] == {"x": "1,2"}
    assert event["requestContext"]["http"]["method"] == "PUT"
    assert (event["body"], event["isBase64Encoded"]) == ("text", False)
    assert event["headers"]["x-own"] == "yes"
    assert event["headers"]["host"] == event["requestContext"]["domainName"]
    assert event["requestContext"]["domainName"].endswith(".lambda-url.us-east-1.on.aws")


def test_the_url_is_reached_by_host_name_too(public: Maker, lab: Lab) -> None:
    url = public(HELLO)
    url_id = url.rstrip("/").rpartition("/")[2]
    host = f"{url_id}.lambda-url.us-east-1.localhost:{url.split(':')[2].split('/')[0]}"
    assert fetch(f"{lab.endpoint_url}/path", headers={"Host": host}).body == b"hello"


def test_requests_finds_it(public: Maker) -> None:
    import requests

    assert requests.post(public(), json={"a": 1}, timeout=20).json()["body"] == '{"a": 1}'


@pytest.mark.source("Function URL", "cookies")
def test_cookies_reach_the_client(public: Maker) -> None:
    url = public("def handler(event, context): return {'statusCode': 200, 'cookies': ['a=1', 'b=2']}")
    import requests

    assert requests.get(url, timeout=20).cookies.get_dict() == {"a": "1", "b": "2"}


def test_head_has_no_body(public: Maker) -> None:
    answer = fetch(public(HELLO), "HEAD")
    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", "5")


@pytest.mark.source("Function URL", "502 when the function fails")
@pytest.mark.parametrize(
    "source",
    [
        "def handler(event, context): raise ValueError",
        "def handler(event, context): return {'statusCode': 'fine'}",
        "import os\ndef handler(event, context): os._exit(1)",
        "raise ImportError",
    ],
)
def test_a_function_that_fails_is_a_bad_gateway(source: str, public: Maker) -> None:
    answer = fetch(public(source))
    assert (answer.status, answer.body) == (502, b"Internal Server Error")


@pytest.mark.source("Function URL", "502 when the function times out")
def test_a_function_that_takes_too_long_is_a_bad_gateway(public: Maker) -> None:
    url = public("def handler(event, context):\n    while True: pass", settings={"Timeout": 1})
    assert fetch(url).status == 502


@pytest.mark.source("Function URL", "413 over 6 MB")
def test_a_request_over_6_mb_is_too_large(public: Maker) -> None:
    url = public("def handler(event, context): return 'ran'")
    assert fetch(url, "POST", b"x" * 6_291_457, {"Content-Type": "text/plain"}).status == 413


@pytest.mark.source("Function URL", "429 when throttled")
def test_a_function_without_concurrency_is_throttled(public: Maker, aws_lambda: Any) -> None:
    url = public(HELLO)
    aws_lambda.put_function_concurrency(FunctionName="hello", ReservedConcurrentExecutions=0)
    answer = fetch(url)
    assert (answer.status, answer.json["message"]) == (429, "Rate Exceeded.")


@pytest.mark.source("Function URL", "response streaming")
def test_in_stream_mode_the_answer_goes_out_as_it_is(public: Maker) -> None:
    answer = fetch(public(HELLO, InvokeMode="RESPONSE_STREAM"))
    assert answer.json == {"statusCode": 200, "body": "hello"}
    assert answer.headers["content-type"] == "application/octet-stream"


def test_a_stream_says_its_status_and_its_headers(lab: Lab, create: Maker, aws_lambda: Any) -> None:
    source = """
        exports.handler = awslambda.streamifyResponse(async (event, stream) => {
            const metadata = {statusCode: 201, headers: {"Content-Type": "text/html"}, cookies: ["a=1"]};
            stream = awslambda.HttpResponseStream.from(stream, metadata);
            stream.write("<p>");
            stream.end(event.rawPath);
        });
    """
    create({"app.js": source}, Runtime="nodejs22.x")
    open_up(aws_lambda)
    made = aws_lambda.create_function_url_config(FunctionName="hello", AuthType="NONE", InvokeMode="RESPONSE_STREAM")
    answer = fetch(lab.url(made["FunctionUrl"]) + "path")
    assert (answer.status, answer.body) == (201, b"<p>/path")
    assert (answer.headers["content-type"], answer.headers["set-cookie"]) == ("text/html", "a=1")


def test_a_deleted_url_and_one_of_a_deleted_function_are_not_found(public: Maker, aws_lambda: Any, lab: Lab) -> None:
    url = public(HELLO)
    aws_lambda.delete_function_url_config(FunctionName="hello")
    assert fetch(url).status == 404
    made = aws_lambda.create_function_url_config(FunctionName="hello", AuthType="NONE")
    aws_lambda.delete_function(FunctionName="hello")
    assert fetch(lab.url(made["FunctionUrl"])).status == 404


def test_other_urls_stay_as_they_are(lab: Lab) -> None:
    for url in ("https://example.com/", "http://127.0.0.1/", "https://abc.lambda-url.us-east-1.on.aws/"):
        assert lab.url(url) == url


# Permissions ------------------------------------------------------------------------------------------------------


@pytest.mark.source("Function URL", "AuthType NONE and its permissions")
def test_a_public_url_needs_two_permissions(lab: Lab, create: Maker, aws_lambda: Any) -> None:
    create(HELLO)
    url = lab.url(aws_lambda.create_function_url_config(FunctionName="hello", AuthType="NONE")["FunctionUrl"])

    def allow(action: str) -> None:
        aws_lambda.add_permission(FunctionName="hello", StatementId=action[-3:], Action=action, Principal="*")

    closed = fetch(url)
    assert (closed.status, closed.body) == (403, TROUBLE)
    assert closed.headers["x-amzn-errortype"] == "AccessDeniedException"
    allow("lambda:InvokeFunctionUrl")
    assert fetch(url).status == 403
    allow("lambda:InvokeFunction")
    assert fetch(url).body == b"hello"
    aws_lambda.remove_permission(FunctionName="hello", StatementId="ion")
    assert fetch(url).status == 403


def test_a_permission_shows_its_conditions(create: Maker, aws_lambda: Any) -> None:
    create(ECHO)
    open_up(aws_lambda)
    url, function = json.loads(aws_lambda.get_policy(FunctionName="hello")["Policy"])["Statement"]
    assert url["Condition"] == {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}
    assert function["Condition"] == {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}
    assert url.keys() == function.keys() == {"Action", "Condition", "Effect", "Principal", "Resource", "Sid"}


def test_a_permission_for_one_role_lets_nobody_else_in(lab: Lab, create: Maker, aws_lambda: Any) -> None:
    create(HELLO)
    for number, action in enumerate(("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")):
        aws_lambda.add_permission(
            FunctionName="hello", StatementId=f"s{number}", Action=action, Principal=lab.role("somebody")
        )
    made = aws_lambda.create_function_url_config(FunctionName="hello", AuthType="NONE")
    assert fetch(lab.url(made["FunctionUrl"])).status == 403


def signed(url: str, method: str = "GET", body: bytes = b"", secret: str = "") -> dict[str, str]:
    """The headers that sign a request with the lab's credentials."""
    credentials = boto3.Session().get_credentials().get_frozen_credentials()
    if secret:
        credentials = credentials._replace(secret_key=secret)
    request = AWSRequest(method=method, url=url, data=body)
    SigV4Auth(credentials, "lambda", "us-east-1").add_auth(request)
    return dict(request.headers)


@pytest.mark.source("Function URL", "AuthType AWS_IAM")
def test_aws_iam_wants_a_signature(lab: Lab, create: Maker, aws_lambda: Any) -> None:
    create(ECHO)
    url = lab.url(aws_lambda.create_function_url_config(FunctionName="hello", AuthType="AWS_IAM")["FunctionUrl"])
    unsigned = fetch(url)
    assert (unsigned.status, unsigned.body) == (403, b'{"Message":"Forbidden"}')
    assert fetch(url, headers=signed(url, secret="wrong")).headers["x-amzn-errortype"] == "InvalidSignatureException"
    answer = fetch(url + "?a=1", "POST", b"{}", signed(url + "?a=1", "POST", b"{}"))
    assert answer.status == 200
    caller = answer.json["requestContext"]["authorizer"]["iam"]
    assert caller["accessKey"] == lab.variables["AWS_ACCESS_KEY_ID"]
    assert caller["accountId"] == answer.json["requestContext"]["accountId"] == "123456789012"
    assert fetch(url, "POST", b"other", signed(url, "POST", b"{}")).status == 403


# CORS -------------------------------------------------------------------------------------------------------------

CORS = {
    "AllowOrigins": ["https://example.com"],
    "AllowMethods": ["GET", "PUT"],
    "AllowHeaders": ["x-own"],
    "ExposeHeaders": ["x-answer"],
    "AllowCredentials": True,
    "MaxAge": 300,
}


@pytest.mark.source("Function URL", "CORS")
def test_a_preflight_is_answered_without_the_function(public: Maker) -> None:
    url = public("def handler(event, context): raise ValueError", Cors=CORS)
    asked = {"Origin": "https://example.com", "Access-Control-Request-Method": "PUT"}
    answer = fetch(url, "OPTIONS", headers=asked)
    assert answer.status == 200
    assert {name: value for name, value in answer.headers.items() if name.startswith("access-control")} == {
        "access-control-allow-origin": "https://example.com",
        "access-control-allow-methods": "GET,PUT",
        "access-control-allow-headers": "x-own",
        "access-control-expose-headers": "x-answer",
        "access-control-allow-credentials": "true",
        "access-control-max-age": "300",
    }


@pytest.mark.source("Function URL", "CORS")
def test_the_configuration_overrides_what_the_function_says(public: Maker) -> None:
    url = public(
        "def handler(event, context):"
        " return {'statusCode': 200, 'headers': {'Access-Control-Allow-Origin': 'https://other.example'}}",
        Cors={"AllowOrigins": ["*"]},
    )
    answer = fetch(url, headers={"Origin": "https://example.com"})
    assert answer.headers["access-control-allow-origin"] == "*"


def test_without_a_configuration_the_function_answers_options_itself(public: Maker) -> None:
    url = public("def handler(event, context): return event['requestContext']['http']['method']")
    assert fetch(url, "OPTIONS").json == "OPTIONS"
