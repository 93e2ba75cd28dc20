"""A Lambda proxy integration: its event, and the response from its output."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.lambdalab.endpoint.test_access import send

from .conftest import uri

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab

    from .conftest import Api

REST = "API Gateway (REST)"
ECHO = """
import json
def handler(event, context):
    return {"statusCode": 200, "body": json.dumps(event)}
"""


def answering(answer: str) -> str:
    return f"def handler(event, context): return {answer}"


@pytest.fixture
def echo(function: Callable[..., Any], api: Api) -> Api:
    """An API all of whose paths lead to a function that answers with its event."""
    echoes = function("echo", ECHO)
    api.method("/", "ANY", echoes)
    api.method("/{proxy+}", "ANY", echoes)
    api.method("/pets/{id}", "GET", echoes)
    api.deploy(variables={"table": "pets"})
    return api


def event(answer: Any) -> dict[str, Any]:
    assert answer.status == 200, answer.body
    made: dict[str, Any] = json.loads(answer.body)
    return made


# The event --------------------------------------------------------------------------------------------------------


@pytest.mark.source(REST, "proxy event, payload 1.0")
def test_the_function_receives_the_request(echo: Api) -> None:
    got = event(echo.call("/pets/7?x=1&x=2&y=", headers={"X-Two": "a", "Accept": "text/plain"}))
    assert (got["resource"], got["path"], got["httpMethod"]) == ("/pets/{id}", "/pets/7", "GET")
    assert got["pathParameters"] == {"id": "7"}
    assert got["queryStringParameters"] == {"x": "2", "y": ""}
    assert got["multiValueQueryStringParameters"] == {"x": ["1", "2"], "y": [""]}
    assert got["headers"]["X-Two"] == "a"
    assert got["multiValueHeaders"]["Accept"] == ["text/plain"]
    assert got["stageVariables"] == {"table": "pets"}
    assert (got["body"], got["isBase64Encoded"]) == (None, False)
    context = got["requestContext"]
    assert (context["stage"], context["path"], context["resourcePath"]) == ("prod", "/prod/pets/7", "/pets/{id}")
    assert (context["apiId"], context["domainPrefix"]) == (echo.id, echo.id)
    assert context["domainName"] == got["headers"]["Host"] == f"{echo.id}.execute-api.us-east-1.amazonaws.com"
    assert context["identity"]["sourceIp"] == "127.0.0.1"


@pytest.mark.source(REST, "proxy event, payload 1.0")
def test_missing_members_are_null(echo: Api) -> None:
    got = event(echo.call("/"))
    absent = ("queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "body")
    assert [got[name] for name in absent] == [None] * 4


@pytest.mark.source(REST, "proxy event, payload 1.0")
def test_repeated_headers_have_all_their_values(echo: Api, lab: Lab) -> None:
    import http.client

    address = urlsplit(lab.endpoint_url or "")
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=20)
    connection.putrequest("GET", f"{echo.path}/prod/x")
    connection.putheader("X-Twice", "a")
    connection.putheader("x-twice", "b, c")
    connection.endheaders()
    got = json.loads(connection.getresponse().read())
    connection.close()
    assert got["multiValueHeaders"]["X-Twice"] == ["a", "b, c"]
    assert got["headers"]["X-Twice"] == "b, c"


@pytest.mark.source(REST, "proxy event, payload 1.0")
def test_the_path_stays_encoded_and_the_query_is_decoded(echo: Api) -> None:
    got = event(echo.call("/a%20b/%2B/+/?q=a%20b+c%2B&u=%C3%A4"))
    assert got["path"] == "/a%20b/%2B/+/"
    assert got["pathParameters"] == {"proxy": "a%20b/%2B/+"}
    assert got["queryStringParameters"] == {"q": "a b c+", "u": "ä"}


@pytest.mark.source(REST, "proxy event, payload 1.0")
def test_a_body_is_text(echo: Api) -> None:
    got = event(echo.call("/x", "POST", {"Content-Type": "application/json"}, '{"ä": 1}'))
    assert (got["body"], got["isBase64Encoded"]) == ('{"ä": 1}', False)
    assert not {"content-length", "connection"} & {name.lower() for name in got["headers"]}


SHAPE = {
    "body": str,
    "resource": str,
    "path": str,
    "httpMethod": str,
    "isBase64Encoded": bool,
    "queryStringParameters": dict,
    "multiValueQueryStringParameters": dict,
    "pathParameters": dict,
    "stageVariables": dict,
    "headers": dict,
    "multiValueHeaders": dict,
    "requestContext": {
        "accountId": str,
        "resourceId": str,
        "stage": str,
        "requestId": str,
        "requestTime": str,
        "requestTimeEpoch": int,
        "path": str,
        "resourcePath": str,
        "httpMethod": str,
        "apiId": str,
        "protocol": str,
        "identity": {
            "cognitoIdentityPoolId": None,
            "accountId": None,
            "cognitoIdentityId": None,
            "caller": None,
            "accessKey": None,
            "sourceIp": str,
            "cognitoAuthenticationType": None,
            "cognitoAuthenticationProvider": None,
            "userArn": None,
            "userAgent": str,
            "user": None,
        },
    },
}
"""AWS's sample event for this, `sam local generate-event apigateway aws-proxy`: names and types."""
SINCE = {"extendedRequestId", "domainName", "domainPrefix", "deploymentId", "principalOrgId"}
"""Members of events today that the sample, from 2015, lacks."""


def compare(got: dict[str, Any], shape: dict[str, Any]) -> None:
    assert set(got) - SINCE == set(shape)
    for name, kind in shape.items():
        if isinstance(kind, dict):
            compare(got[name], kind)
        elif kind is None:
            assert got[name] is None, name
        else:
            assert isinstance(got[name], kind), name


@pytest.mark.source(REST, "proxy event, payload 1.0")
def test_the_event_has_the_members_of_aws_s_sample_and_their_types(echo: Api) -> None:
    compare(event(echo.call("/a/b?x=1", "POST", {"User-Agent": "me"}, "text")), SHAPE)


# The answer -------------------------------------------------------------------------------------------------------


@pytest.fixture
def answers(function: Callable[..., Any], api: Api) -> Callable[..., Any]:
    """The response when a function returns this."""

    def call(code: str, headers: dict[str, str] | None = None, **settings: Any) -> Any:
        api.method("/", "GET", function("answers", code, **settings))
        api.deploy()
        return api.call("/", headers=headers)

    return call


@pytest.mark.source(REST, "proxy answer")
def test_status_headers_and_body_are_the_function_s(answers: Callable[..., Any]) -> None:
    made = answers(
        answering("{'statusCode': '418', 'headers': {'X-A': 'b', 'X-True': True}, 'body': 'short and stout'}")
    )
    assert (made.status, made.body) == (418, b"short and stout")
    assert (made.headers["x-a"], made.headers["x-true"]) == ("b", "true")
    assert made.headers["content-type"] == "application/json"
    assert {"x-amzn-requestid", "x-amz-apigw-id", "x-amzn-trace-id"} <= set(made.headers)


@pytest.mark.source(REST, "proxy answer")
def test_a_header_may_have_several_values(answers: Callable[..., Any], api: Api, lab: Lab) -> None:
    answers(answering("{'multiValueHeaders': {'Set-Cookie': ['a=1', 'b=2']}, 'headers': {'set-cookie': 'lost=1'}}"))
    url = lab.url(f"https://{api.id}.execute-api.us-east-1.amazonaws.com/prod")
    raw = requests.get(url, timeout=20).raw
    assert raw.headers.getlist("set-cookie") == ["a=1", "b=2"]


@pytest.mark.source(REST, "proxy answer")
@pytest.mark.parametrize("answer", ["{}", "{'body': None}", "{'statusCode': None}"])
def test_no_member_of_the_output_is_mandatory(answer: str, answers: Callable[..., Any]) -> None:
    made = answers(answering(answer))
    assert (made.status, made.body) == (200, b"")


@pytest.mark.source(REST, "502 for a malformed answer")
@pytest.mark.parametrize(
    "answer",
    [
        "{'status': 200}",
        "{'statusCode': 200, 'body': 'x', 'extra': 1}",
        "'text'",
        "None",
        "[]",
        "{'statusCode': 'fine'}",
        "{'statusCode': 99}",
        "{'statusCode': 101}",
        "{'statusCode': 200, 'headers': {'X-A': '\\ud800'}}",
        "{'statusCode': 200, 'body': {'a': 1}}",
        "{'statusCode': 200, 'headers': {'X-A': 1}}",
        "{'statusCode': 200, 'headers': {'X-A': {'b': 1}}}",
        "{'statusCode': 200, 'headers': {'X A': 'b'}}",
        "{'statusCode': 200, 'headers': {'X-A': 'b\\r\\nX-B: c'}}",
        "{'statusCode': 200, 'headers': 'X-A: b'}",
    ],
)
def test_malformed_output_is_a_bad_gateway(answer: str, answers: Callable[..., Any]) -> None:
    made = answers(answering(answer))
    assert (made.status, made.kind) == (502, "InternalServerErrorException")
    assert made.body == b'{"message": "Internal server error"}'
    assert made.headers["content-type"] == "application/json"


@pytest.mark.source(REST, "502 for a failing function")
@pytest.mark.parametrize("code", ["def handler(event, context): raise ValueError", "import nothing"])
def test_a_function_that_fails_is_a_bad_gateway(code: str, answers: Callable[..., Any]) -> None:
    made = answers(code)
    assert (made.status, made.body) == (502, b'{"message": "Internal server error"}')


@pytest.mark.source(REST, "502 for a failing function")
def test_a_function_that_times_out_is_a_bad_gateway(answers: Callable[..., Any]) -> None:
    made = answers("import time\ndef handler(event, context): time.sleep(30)", Timeout=1)
    assert made.status == 502


@pytest.mark.source(REST, "504 after the integration's timeout")
def test_a_function_that_takes_longer_than_the_integration_waits_is_a_gateway_timeout(
    function: Callable[..., Any], api: Api
) -> None:
    slow = function("slow", "import time\ndef handler(event, context): time.sleep(2)", Timeout=10)
    api.method("/", "GET")
    api.allow(slow)
    api.integrate("/", "GET", type="AWS_PROXY", integrationHttpMethod="POST", uri=uri(slow.arn), timeoutInMillis=50)
    api.deploy()
    made = api.call("/")
    assert (made.status, made.body) == (504, b'{"message": "Endpoint request timed out"}')


@pytest.mark.source(REST, "permission of the function")
@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("*/*/*", 200),
        ("prod/GET/pets/*", 200),
        ("*/GET/pets/*", 200),
        ("dev/GET/pets/*", 500),
        ("prod/POST/pets/*", 500),
        ("*/GET/toys", 500),
    ],
)
def test_the_function_s_policy_names_stage_method_and_resource(
    source: str, status: int, function: Callable[..., Any], api: Api
) -> None:
    called = function("called", answering("{}"))
    api.method("/pets/{id}", "GET")
    api.integrate("/pets/{id}", "GET", type="AWS_PROXY", integrationHttpMethod="POST", uri=uri(called.arn))
    api.allow(called, source)
    api.deploy()
    made = api.call("/pets/7")
    assert made.status == status
    if status == 500:
        assert made.body == b'{"message": "Internal server error"}'


@pytest.mark.source(REST, "permission of the function")
def test_without_a_permission_the_client_gets_a_500(function: Callable[..., Any], api: Api) -> None:
    hidden = function("hidden")
    api.method("/", "GET")
    api.integrate("/", "GET", type="AWS_PROXY", integrationHttpMethod="POST", uri=uri(hidden.arn))
    api.deploy()
    assert (api.call("/").status, hidden.events()) == (500, [])


@pytest.mark.source(REST, "a role instead of a permission")
def test_credentials_are_a_role_that_api_gateway_assumes(
    function: Callable[..., Any], api: Api, client: Callable[[str], Any]
) -> None:
    called, iam = function("called", answering("{}")), client("iam")
    trust = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "apigateway.amazonaws.com"},
            "Action": "sts:AssumeRole",
        },
    }
    role = iam.create_role(RoleName="caller", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    api.method("/", "GET")
    api.integrate("/", "GET", type="AWS_PROXY", integrationHttpMethod="POST", uri=uri(called.arn), credentials=role)
    api.deploy()
    assert api.call("/").status == 500
    allowed = {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": called.arn},
    }
    iam.put_role_policy(RoleName="caller", PolicyName="invoke", PolicyDocument=json.dumps(allowed))
    assert api.call("/").status == 200


@pytest.mark.source(REST, "stage variables")
def test_a_stage_variable_chooses_the_alias(
    function: Callable[..., Any], api: Api, client: Callable[[str], Any]
) -> None:
    called = function("called", "def handler(event, context): return {'body': context.invoked_function_arn}")
    aws_lambda = client("lambda")
    aws_lambda.create_alias(
        FunctionName="called", Name="live", FunctionVersion=aws_lambda.publish_version(FunctionName="called")["Version"]
    )
    aws_lambda.add_permission(
        FunctionName="called",
        Qualifier="live",
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"{api.arn}/*",
    )
    api.method("/", "GET")
    target = uri(f"{called.arn}:${{stageVariables.alias}}")
    api.integrate("/", "GET", type="AWS_PROXY", integrationHttpMethod="POST", uri=target)
    api.deploy(variables={"alias": "live"})
    assert api.call("/").body.decode() == f"{called.arn}:live"


@pytest.mark.source(REST, "throttled function")
def test_a_throttled_function_is_a_500(function: Callable[..., Any], api: Api, client: Callable[[str], Any]) -> None:
    called = function("called", answering("{}"))
    client("lambda").put_function_concurrency(FunctionName="called", ReservedConcurrentExecutions=0)
    api.method("/", "GET", called)
    api.deploy()
    made = api.call("/")
    assert (made.status, made.body) == (500, b'{"message": "Internal server error"}')


@pytest.mark.source(REST, "proxy answer")
def test_headers_of_the_connection_are_renamed(answers: Callable[..., Any]) -> None:
    made = answers(
        answering("{'headers': {'Date': 'then', 'Server': 'me', 'Content-Length': '1', 'WWW-Authenticate': 'x'}}")
    )
    assert made.headers["x-amzn-remapped-date"] == "then"
    assert made.headers["x-amzn-remapped-server"] == "me"
    assert made.headers["x-amzn-remapped-content-length"] == "1"
    assert made.headers["x-amzn-remapped-www-authenticate"] == "x"
    assert made.headers["date"] != "then"


# Sizes ------------------------------------------------------------------------------------------------------------


@pytest.mark.source(REST, "10 MB, and 6 MB of Lambda")
def test_a_body_of_more_than_10_mb_gets_a_plain_text_error(echo: Api) -> None:
    made = echo.call("/x", "POST", body=b"x" * ((10 << 20) + 1))
    assert (made.status, made.body) == (413, b"HTTP content length exceeded 10485760 bytes.")
    assert made.headers["content-type"] == "text; charset=utf-8"


@pytest.mark.source(REST, "10 MB, and 6 MB of Lambda")
def test_an_event_of_more_than_6_mb_is_too_large_for_lambda(echo: Api) -> None:
    made = echo.call("/x", "POST", body=b"x" * (6 << 20))
    assert (made.status, made.kind, made.body) == (413, "BadRequestException", b'{"message": "Request Too Long"}')


# Binary -----------------------------------------------------------------------------------------------------------

PNG = b"\x89PNG\r\n\x1a\n\x00\xff"


@pytest.mark.source(REST, "binary media types")
@pytest.mark.parametrize("kinds", [["image/png"], ["*/*"], ["image/*"]])
def test_a_binary_body_is_base64(kinds: list[str], function: Callable[..., Any], make_api: Callable[..., Api]) -> None:
    api = make_api(binaryMediaTypes=kinds)
    api.method("/", "POST", function("echo", ECHO))
    api.deploy()
    got = event(api.call("/", "POST", {"Content-Type": "image/png"}, PNG))
    assert (base64.b64decode(got["body"]), got["isBase64Encoded"]) == (PNG, True)


@pytest.mark.source(REST, "binary media types")
@pytest.mark.parametrize(
    ("accept", "binary"), [("image/png", True), ("image/png, text/html", True), ("text/html, image/png", False)]
)
def test_base64_is_decoded_for_a_client_that_accepts_a_binary_type_first(
    accept: str, binary: bool, function: Callable[..., Any], make_api: Callable[..., Api]
) -> None:
    encoded = base64.b64encode(PNG).decode()
    answer = {"isBase64Encoded": True, "body": encoded, "headers": {"Content-Type": "image/png"}}
    api = make_api(binaryMediaTypes=["image/png"])
    api.method("/", "GET", function("image", answering(repr(answer))))
    api.deploy()
    assert api.call("/", headers={"Accept": accept}).body == (PNG if binary else encoded.encode())


@pytest.mark.source(REST, "binary media types")
def test_without_binary_types_a_picture_is_corrupted(echo: Api) -> None:
    got = event(echo.call("/x", "POST", {"Content-Type": "image/png"}, PNG))
    assert got["isBase64Encoded"] is False
    assert "\ufffd" in got["body"]


@pytest.mark.source(REST, "binary media types")
def test_media_types_are_changed_by_patches(make_api: Callable[..., Api]) -> None:
    api = make_api(binaryMediaTypes=["image/png"])
    made = api.control.update_rest_api(
        restApiId=api.id,
        patchOperations=[
            {"op": "add", "path": "/binaryMediaTypes/image~1gif"},
            {"op": "remove", "path": "/binaryMediaTypes/image~1png"},
        ],
    )
    assert made["binaryMediaTypes"] == ["image/gif"]


def test_by_host_name_the_stage_is_the_first_part_of_the_path(echo: Api, lab: Lab) -> None:
    port = urlsplit(lab.endpoint_url or "").port
    host = f"{echo.id}.execute-api.us-east-1.localhost:{port}"
    assert event(send(lab, "GET", "/prod/a", host=host))["requestContext"]["path"] == "/prod/a"


def test_head_has_no_body(echo: Api) -> None:
    made = echo.call("/x", "HEAD")
    assert (made.status, made.body) == (200, b"")
