"""Requests to an HTTP API, and what a client sees of the response: status, headers, body."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdalab.delivery.records import Attempt
from lambdalab.endpoint.public_endpoints import API
from lambdalab.http_payload import HttpRequest
from lambdalab.services.apigatewayv2.data_plane import HttpApi
from tests.lambdalab.packages import trusting

from .conftest import HERE

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Api

    Maker = Callable[..., Api]

NOT_FOUND, INTERNAL = b'{"message":"Not Found"}', b'{"message":"Internal Server Error"}'
ANSWERS = """
import json
def handler(event, context):
    return json.loads(event["body"])
"""


@pytest.mark.source("API Gateway (HTTP)", "quick create")
def test_quick_create_makes_an_api_that_answers(api: Maker) -> None:
    made = api(Target="arn:aws:lambda:us-east-1:123456789012:function:hello", allowed=False)
    assert made.call(path="/pets").content == INTERNAL, "nobody lets it invoke the function"
    made.allow("hello", "*/$default")
    event = made.call(path="/pets?a=1").json()
    assert (event["version"], event["routeKey"], event["rawPath"]) == ("2.0", "$default", "/pets")
    assert event["requestContext"]["accountId"] == "123456789012"
    (route,) = made.client.get_routes(ApiId=made.id)["Items"]
    (integration,) = made.client.get_integrations(ApiId=made.id)["Items"]
    (stage,) = made.client.get_stages(ApiId=made.id)["Items"]
    assert (route["RouteKey"], route["Target"]) == ("$default", f"integrations/{integration['IntegrationId']}")
    assert all(each["ApiGatewayManaged"] for each in (route, integration, stage))
    assert (integration["PayloadFormatVersion"], integration["IntegrationType"]) == ("2.0", "AWS_PROXY")
    assert (stage["StageName"], stage["AutoDeploy"]) == ("$default", True)


@pytest.mark.source("API Gateway (HTTP)", "path parameters, decoded")
def test_a_request_finds_its_route(api: Maker) -> None:
    made = api()
    target = made.integrate()
    for key in ("GET /pets/{id}", "ANY /pets/{proxy+}", "POST /"):
        made.route(key, target)
    seen = made.call(path="/pets/a%20b?x=1&x=2").json()
    assert (seen["routeKey"], seen["pathParameters"]) == ("GET /pets/{id}", {"id": "a b"})
    assert (seen["rawPath"], seen["rawQueryString"]) == ("/pets/a b", "x=1&x=2")
    assert made.call("PUT", "/pets/1/2").json()["pathParameters"] == {"proxy": "1/2"}
    assert made.call("POST").json()["routeKey"] == "POST /"
    assert made.call("DELETE", "/pets").status_code == 404


def test_every_response_has_its_request_id(api: Maker) -> None:
    made = api()
    made.route("GET /")
    answers = [made.call(), made.call(path="/elsewhere")]
    ids = [answer.headers["apigw-requestid"] for answer in answers]
    assert all(re.fullmatch(r"[\w+/]{15}=", each) for each in ids)
    assert answers[0].json()["requestContext"]["requestId"] == ids[0] != ids[1]


@pytest.mark.source("API Gateway (HTTP)", "404 Not Found: no route, no stage")
def test_missing_stages_and_routes(api: Maker) -> None:
    made = api(stage=False)
    made.route("GET /pets")
    assert (made.call(path="/pets").status_code, made.call(path="/pets").content) == (404, NOT_FOUND)
    made.stage("dev")
    assert made.call(path="/pets").status_code == 404, "there is no stage $default"
    assert made.call(path="/dev/pets").status_code == 200
    answer = made.call(path="/dev/cats")
    assert (answer.status_code, answer.content) == (404, NOT_FOUND)
    assert answer.headers["content-type"] == "application/json"
    made.client.update_api(ApiId=made.id, DisableExecuteApiEndpoint=True)
    assert made.call(path="/dev/pets").content == NOT_FOUND


@pytest.mark.source("API Gateway (HTTP)", "500 Internal Server Error: permission, failure, malformed response")
@pytest.mark.parametrize(
    ("answer", "version"),
    [
        ({"statusCode": "many"}, "2.0"),
        ({"statusCode": 200, "headers": ["x"]}, "2.0"),
        ({"statusCode": 200, "body": "!", "isBase64Encoded": True}, "2.0"),
        ({"statusCode": 200, "headers": {"x": "a\r\nset-cookie: b"}}, "2.0"),
        ({"status": 200}, "1.0"),
        ("text", "1.0"),
        (None, "1.0"),
        ({"statusCode": 200, "body": {"a": 1}}, "1.0"),
        ({"statusCode": 200, "multiValueHeaders": {"x": "y"}}, "1.0"),
    ],
)
def test_malformed_output_is_a_500(api: Maker, answer: Any, version: str) -> None:
    made = api(ANSWERS)
    made.route("POST /", made.integrate(version=version))
    got = made.call("POST", json=answer)
    assert (got.status_code, got.content) == (500, INTERNAL)


@pytest.mark.source("API Gateway (HTTP)", "500 Internal Server Error: permission, failure, malformed response")
def test_a_function_that_fails_or_may_not_be_invoked_or_was_deleted(api: Maker) -> None:
    made = api("def handler(event, context): 1/0", allowed=False)
    made.route("GET /pets/{id}")
    assert made.call(path="/pets/1").content == INTERNAL
    assert made.account.log() == [], "it may not be invoked"
    made.allow("hello", "*/GET/pets/{id}")
    answer = made.call(path="/pets/1")
    assert (answer.status_code, answer.content) == (500, INTERNAL)
    assert "ZeroDivisionError" in "".join(made.account.log())
    made.account.client("lambda").delete_function(FunctionName="hello")
    assert made.call(path="/pets/1").content == INTERNAL


@pytest.mark.source("API Gateway (HTTP)", "the function's policy names the route")
@pytest.mark.parametrize(
    ("what", "allowed"),
    [
        ("*/*/pets/{id}", True),
        ("$default/GET/pets/{id}", True),
        ("*", True),
        ("*/GET/pets/*", True),
        ("prod/*/pets/{id}", False),
        ("*/POST/pets/{id}", False),
        ("*/*/pets/1", False),
        ("*/$default", False),
    ],
)
def test_the_function_s_policy(api: Maker, what: str, allowed: bool) -> None:
    made = api(allowed=False)
    made.route("GET /pets/{id}")
    made.allow("hello", what)
    assert made.call(path="/pets/1").status_code == (200 if allowed else 500)


@pytest.mark.source("API Gateway (HTTP)", "a role for an integration (CredentialsArn)")
@pytest.mark.parametrize(
    ("service", "resource", "status"),
    [("apigateway", "function:hello", 200), ("lambda", "function:hello", 500), ("apigateway", "function:other", 500)],
)
def test_a_role_calls_the_function(api: Maker, service: str, resource: str, status: int) -> None:
    made = api(allowed=False)
    iam = made.account.client("iam")
    trust = trusting({"Service": f"{service}.amazonaws.com"})
    role = iam.create_role(RoleName="calls", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    allow = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": f"arn:aws:lambda:{HERE}:{resource}"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    iam.put_role_policy(RoleName="calls", PolicyName="calls", PolicyDocument=document)
    made.route("GET /", made.integrate(CredentialsArn=role))
    assert made.call().status_code == status


@pytest.mark.source("API Gateway (HTTP)", "503 Service Unavailable: integration timeout")
def test_an_integration_that_takes_too_long(api: Maker) -> None:
    made = api("import time\ndef handler(event, context):\n    time.sleep(0.4)\n    print('done')")
    made.route("GET /", made.integrate(TimeoutInMillis=100))
    answer = made.call()
    assert (answer.status_code, answer.content) == (503, b'{"message":"Service Unavailable"}')
    made.account.lab.settle()
    assert made.account.said() == ["done"], "the function runs to its end"


@pytest.mark.source("API Gateway (HTTP)", "413 Request Entity Too Large")
@pytest.mark.parametrize("size", [10_485_761, 6_291_456])
def test_a_body_that_is_too_large(api: Maker, size: int) -> None:
    """Of 10 MB for API Gateway, and of 6 MB for Lambda."""
    made = api()
    made.route("POST /")
    answer = made.call("POST", data=b"x" * size, headers={"content-type": "text/plain"})
    assert (answer.status_code, answer.content) == (413, b'{"message":"Request Entity Too Large"}')


# Answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.source("API Gateway (HTTP)", "responses inferred in format 2.0")
@pytest.mark.parametrize(
    ("answer", "body"),
    [({"message": "hi"}, b'{"message": "hi"}'), ([1], b"[1]"), (None, b"null"), ({"body": "x"}, b'{"body": "x"}')],
)
def test_without_a_status_code_the_output_is_the_body(api: Maker, answer: Any, body: bytes) -> None:
    made = api(ANSWERS)
    made.route("POST /")
    got = made.call("POST", data=json.dumps(answer), headers={"content-type": "application/json"})
    assert (got.status_code, got.headers["content-type"], got.content) == (200, "application/json", body)


@pytest.mark.source("API Gateway (HTTP)", "cookies")
@pytest.mark.source("API Gateway (HTTP)", "binary responses (isBase64Encoded)")
def test_format_2_sets_cookies_and_sends_bytes(api: Maker) -> None:
    made = api(ANSWERS)
    made.route("POST /")
    got = made.call(
        "POST",
        json={
            "statusCode": 201,
            "headers": {"Content-Type": "image/png", "X-One": "1"},
            "cookies": ["a=1; Secure", "b=2"],
            "body": "iVBORw==",
            "isBase64Encoded": True,
        },
    )
    assert (got.status_code, got.content) == (201, b"\x89PNG")
    assert (got.headers["content-type"], got.headers["x-one"]) == ("image/png", "1")
    assert got.raw.headers.getlist("set-cookie") == ["a=1; Secure", "b=2"]
    sent = made.call("POST", data='{"statusCode": 200}', headers={"cookie": "x=1; y=2", "content-type": "text/plain"})
    assert sent.status_code == 200


@pytest.mark.source("API Gateway (HTTP)", "payload format 1.0")
def test_format_1(api: Maker) -> None:
    made = api("import json\ndef handler(event, context): return {'statusCode': 200, 'body': json.dumps(event)}")
    made.route("ANY /pets/{id}", made.integrate(version="1.0"))
    event = made.call("PUT", "/pets/7?a=1&a=2", data="hello", headers={"content-type": "text/plain"}).json()
    assert (event["version"], event["httpMethod"], event["resource"]) == ("1.0", "PUT", "/pets/{id}")
    assert event["pathParameters"] == {"id": "7"}
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"]}
    assert event["multiValueHeaders"]["content-type"] == ["text/plain"]
    assert (event["body"], event["isBase64Encoded"]) == ("hello", False)


@pytest.mark.source("API Gateway (HTTP)", "payload format 1.0")
def test_format_1_sends_a_header_with_several_values(api: Maker) -> None:
    made = api(ANSWERS)
    made.route("POST /", made.integrate(version="1.0"))
    got = made.call(
        "POST",
        json={
            "statusCode": 200,
            "headers": {"x-one": "1", "set-cookie": "no=1"},
            "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]},
            "body": None,
        },
    )
    assert (got.status_code, got.content, got.headers["x-one"]) == (200, b"", "1")
    assert got.raw.headers.getlist("set-cookie") == ["a=1", "b=2"]


# CORS -------------------------------------------------------------------------------------------------------------

PAGE = "https://www.example.com"
PREFLIGHT = {"Origin": PAGE, "Access-Control-Request-Method": "PUT"}


@pytest.mark.source("API Gateway (HTTP)", "CORS: the API answers a preflight itself")
def test_cors(api: Maker) -> None:
    said = "{'statusCode': 200, 'headers': {'access-control-allow-origin': 'https://other.example'}}"
    made = api(
        f"def handler(event, context): return {said}",
        CorsConfiguration={"AllowOrigins": [PAGE], "AllowMethods": ["PUT"], "AllowHeaders": ["authorization"]},
    )
    made.route("PUT /")
    answer = made.call("OPTIONS", headers=PREFLIGHT)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert answer.headers["access-control-allow-methods"] == "PUT"
    assert answer.headers["access-control-allow-headers"] == "authorization"
    assert made.call("PUT", headers={"Origin": PAGE}).headers["access-control-allow-origin"] == PAGE
    assert "access-control-allow-origin" not in made.call("PUT").headers
    missing = made.call(path="/elsewhere", headers={"Origin": PAGE})
    assert (missing.status_code, missing.headers["access-control-allow-origin"]) == (404, PAGE)
    made.client.delete_cors_configuration(ApiId=made.id)
    assert made.call("OPTIONS").status_code == 404, "without a configuration it is a request like any other"
    assert made.call("PUT").headers["access-control-allow-origin"] == "https://other.example"


@pytest.mark.differs(
    "API Gateway (HTTP)",
    "pages of other origins",
    "A page whose origin the API's CORS configuration does not allow is refused before the function runs.",
)
@pytest.mark.parametrize("running", ["server"], indirect=True)  # the page sends its requests without HTTP
def test_a_page_of_another_origin_is_refused_before_the_function_runs(api: Maker) -> None:
    made = api(CorsConfiguration={"AllowOrigins": [PAGE]})
    made.route("GET /")
    answer = made.call(headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert made.account.log() == []


# Stages -----------------------------------------------------------------------------------------------------------


@pytest.mark.source("API Gateway (HTTP)", "named stages, and $default without a path")
def test_a_stage_is_the_first_part_of_the_path(api: Maker) -> None:
    made = api()
    made.route("GET /pets")
    made.stage("dev", StageVariables={"color": "blue"})
    event = made.call(path="/dev/pets").json()
    assert (event["requestContext"]["stage"], event["rawPath"]) == ("dev", "/dev/pets")
    assert (event["routeKey"], event["stageVariables"]) == ("GET /pets", {"color": "blue"})
    plain = made.call(path="/pets").json()
    assert (plain["requestContext"]["stage"], plain["rawPath"]) == ("$default", "/pets")
    assert "stageVariables" not in plain


@pytest.mark.source("API Gateway (HTTP)", "stage variables in integrations")
def test_a_stage_variable_names_the_function(api: Maker) -> None:
    made = api()
    made.account.create("def handler(event, context): return 'other'", name="other")
    made.allow("other")
    uri = "arn:aws:lambda:us-east-1:123456789012:function:${stageVariables.function}"
    made.route("GET /", made.integrate(IntegrationUri=uri))
    made.stage("dev", StageVariables={"function": "other"})
    assert made.call(path="/dev/").json() == "other"
    made.client.update_stage(ApiId=made.id, StageName="dev", StageVariables={"function": "hello"})
    assert made.call(path="/dev/").json()["routeKey"] == "GET /"
    assert made.call().status_code == 500, "$default does not know the variable"


@pytest.mark.source("API Gateway (HTTP)", "deployments are snapshots; auto deploy")
def test_a_stage_uses_a_deployment(api: Maker) -> None:
    made = api(stage=False)
    first = made.route("GET /one")
    made.stage("prod", AutoDeploy=False)
    assert made.call(path="/prod/one").status_code == 404, "nothing has been deployed"
    one = made.client.create_deployment(ApiId=made.id, StageName="prod", Description="one")
    assert (one["DeploymentStatus"], one["AutoDeployed"], one["Description"]) == ("DEPLOYED", False, "one")
    assert made.call(path="/prod/one").status_code == 200
    made.route("GET /two")
    made.client.delete_route(ApiId=made.id, RouteId=first)
    assert [made.call(path=f"/prod/{name}").status_code for name in ("one", "two")] == [200, 404]
    made.client.create_deployment(ApiId=made.id, StageName="prod")
    assert [made.call(path=f"/prod/{name}").status_code for name in ("one", "two")] == [404, 200]
    made.client.update_stage(ApiId=made.id, StageName="prod", DeploymentId=one["DeploymentId"])
    assert [made.call(path=f"/prod/{name}").status_code for name in ("one", "two")] == [200, 404]
    assert made.client.get_stage(ApiId=made.id, StageName="prod")["DeploymentId"] == one["DeploymentId"]
    made.client.update_stage(ApiId=made.id, StageName="prod", AutoDeploy=True)
    assert [made.call(path=f"/prod/{name}").status_code for name in ("one", "two")] == [404, 200]
    said = made.client.get_deployments(ApiId=made.id)["Items"]
    assert [each["AutoDeployed"] for each in said] == [False, False, True]


@pytest.mark.source("API Gateway (HTTP)", "parameter mapping of requests")
@pytest.mark.source("API Gateway (HTTP)", "parameter mapping of responses")
def test_parameters_are_mapped(api: Maker) -> None:
    source = "import json\ndef handler(event, context): return {'statusCode': 404, 'body': json.dumps(event)}"
    made = api(source)
    target = made.integrate(
        RequestParameters={"append:header.stage": "$context.stage", "overwrite:path": "/animals"},
        ResponseParameters={"404": {"overwrite:statuscode": "410", "append:header.was": "$context.requestId"}},
    )
    made.route("GET /pets", target)
    answer = made.call(path="/pets")
    assert (answer.status_code, answer.headers["was"]) == (410, answer.headers["apigw-requestid"])
    assert (answer.json()["headers"]["stage"], answer.json()["rawPath"]) == ("$default", "/animals")


@pytest.mark.source("API Gateway (HTTP)", "access logs ($context variables)")
def test_the_access_log_says_why(api: Maker) -> None:
    made = api(allowed=False)
    made.route("GET /")
    made.account.client("logs").create_log_group(logGroupName="access")
    made.client.update_stage(
        ApiId=made.id,
        StageName="$default",
        AccessLogSettings={
            "DestinationArn": "arn:aws:logs:us-east-1:123456789012:log-group:access",
            "Format": "$context.routeKey $context.status $context.integration.status $context.integrationErrorMessage",
        },
    )
    made.call()
    (line,) = made.account.client("logs").filter_log_events(logGroupName="access")["events"]
    assert line["message"].startswith("GET / 500 - The IAM role configured on the integration or API Gateway doesn't")
    made.allow("hello")
    made.call()
    *_, line = made.account.client("logs").filter_log_events(logGroupName="access")["events"]
    assert line["message"] == "GET / 200 200 -"


@pytest.mark.source("API Gateway (HTTP)", "throttling of stages and routes")
def test_a_stage_throttles(api: Maker) -> None:
    made = api()
    target = made.integrate()
    for key in ("GET /", "GET /often"):
        made.route(key, target)
    made.client.update_stage(
        ApiId=made.id,
        StageName="$default",
        DefaultRouteSettings={"ThrottlingBurstLimit": 2, "ThrottlingRateLimit": 0.01},
        RouteSettings={"GET /often": {"ThrottlingBurstLimit": 5, "ThrottlingRateLimit": 0.01}},
    )
    answers = [made.call() for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].content == b'{"message":"Too Many Requests"}'
    assert [made.call(path="/often").status_code for _ in range(6)] == [200] * 5 + [429]
    made.account.lab.clock.advance(seconds=100)
    assert made.call().status_code == 200


# Whatever is sent -------------------------------------------------------------------------------------------------

PATHS = st.lists(
    st.sampled_from(["pets", "dev", "%2e%2e", "..", "%00", "%ff", "", "$default", "é", "%zz", "{id}", " "])
)
HEADERS = st.dictionaries(
    st.sampled_from(["cookie", "content-type", "x-forwarded-for", "authorization", "origin", "accept-encoding"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=20),
)


@pytest.fixture
def fuzzed(api: Maker, monkeypatch: pytest.MonkeyPatch) -> HttpApi:
    """An API whose functions answer at once with their event, in each format."""
    made = api(None, CorsConfiguration={"AllowOrigins": ["*"]})
    sources = made.account.lab._parts

    def call(service: str, function: str, event: bytes, **more: Any) -> Attempt:
        said = json.loads(event)
        answer = said if said["version"] == "2.0" else {"statusCode": 200, "body": json.dumps(said)}
        return Attempt(200, json.dumps(answer).encode())

    monkeypatch.setattr(sources.service_invocation, "invoke", call)
    for stage, version in (("one", "1.0"), ("two", "2.0")):
        target = made.integrate(version=version)
        keys = {route["RouteKey"]: route["RouteId"] for route in made.client.get_routes(ApiId=made.id)["Items"]}
        for key in ("GET /pets/{id}", "ANY /pets/{proxy+}", "$default"):
            if key in keys:
                made.client.update_route(ApiId=made.id, RouteId=keys[key], Target=target)
            else:
                made.route(key, target)
        made.stage(stage, AutoDeploy=False)
        made.client.create_deployment(ApiId=made.id, StageName=stage)
    place = sources.public_endpoints.find(API, made.id)
    assert isinstance(place, HttpApi)
    return place


@given(
    st.sampled_from(["GET", "POST", "PUT", "OPTIONS", "TRACE", "get"]),
    PATHS,
    st.text("ab=&%+;[]", max_size=20),
    HEADERS,
    st.binary(max_size=40),
    st.sampled_from(["1.0", "2.0"]),
)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_request_gets_a_response(
    fuzzed: HttpApi, method: str, parts: list[str], query: str, headers: dict[str, str], body: bytes, version: str
) -> None:
    stage = "two" if version == "2.0" else "one"
    path = f"/{stage}/" + "/".join(parts)
    lines = tuple(headers.items())
    answer = fuzzed.answer(HttpRequest(method, path, query, headers, body, lines=lines), lambda: None, None)
    assert answer is not None
    assert answer.status in (200, 204, 404)
    if answer.status == 200:
        event = json.loads(answer.body)
        assert event["version"] == version
        text = event.get("body") or ""
        sent = base64.b64decode(text) if event["isBase64Encoded"] else text.encode()
        assert event["isBase64Encoded"] is False or sent == body
