"""Integrations with templates: Lambda without proxy, and MOCK."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from .conftest import uri

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Api

REST = "API Gateway (REST)"
ECHO = "def handler(event, context): return event"
FAILS = "def handler(event, context): raise Exception(event['say'])"
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def mapped(function: Callable[..., Any], api: Api) -> Callable[..., Api]:
    """An API whose POST /pets/{id} leads to a function through templates."""

    def make(code: str = ECHO, request: str | dict[str, str] | None = None, **settings: Any) -> Api:
        called = function("called", code)
        api.allow(called)
        api.method("/pets/{id}", "POST")
        templates = {"application/json": request} if isinstance(request, str) else request
        api.integrate(
            "/pets/{id}",
            "POST",
            type="AWS",
            integrationHttpMethod="POST",
            uri=uri(called.arn),
            **({"requestTemplates": templates} if templates else {}),
            **settings,
        )
        return api

    return make


@pytest.mark.source(REST, "Lambda without proxy")
def test_without_templates_the_body_is_passed_through_both_ways(mapped: Callable[..., Api]) -> None:
    api = mapped()
    api.respond("/pets/{id}", "POST")
    api.deploy()
    made = api.call("/pets/7", "POST", JSON, '{"a": 1}')
    assert (made.status, json.loads(made.body)) == (200, {"a": 1})
    assert made.headers["content-type"] == "application/json"
    assert api.call("/pets/7", "POST").body == b"{}"


@pytest.mark.source(REST, "asynchronous invocation")
@pytest.mark.parametrize("source", ["'Event'", "method.request.header.InvocationType"])
def test_an_event_can_be_asynchronous(source: str, api: Api, function: Callable[..., Any]) -> None:
    called = function("called")
    api.allow(called)
    api.method("/", "POST", requestParameters={"method.request.header.InvocationType": False})
    api.integrate(
        "/",
        "POST",
        type="AWS",
        integrationHttpMethod="POST",
        uri=uri(called.arn),
        requestParameters={"integration.request.header.X-Amz-Invocation-Type": source},
    )
    api.respond("/", "POST", "202")
    api.deploy()
    made = api.call("/", "POST", {**JSON, "InvocationType": "Event"}, '{"a": 1}')
    assert (made.status, made.body) == (202, b"")
    assert called.events() == [{"a": 1}]


@pytest.mark.source(REST, "Lambda without proxy")
def test_a_body_that_is_not_json_does_not_reach_the_function(mapped: Callable[..., Api]) -> None:
    api = mapped()
    api.respond("/pets/{id}", "POST")
    api.deploy()
    made = api.call("/pets/7", "POST", JSON, "{nonsense")
    assert (made.status, made.kind) == (400, "BadRequestException")
    assert json.loads(made.body)["message"].startswith("Could not parse request body into json: ")


REQUEST = """
#set($all = $input.params())
{
  "id": "$input.params('id')",
  "name": $input.json('$.name'),
  "sort": "$input.params().querystring.get('sort')",
  "agent": "$input.params().header.get('User-Agent')",
  "stage": "$context.stage",
  "table": "${stageVariables.table}",
  "where": [#foreach($kind in $all.keySet())"$kind"#if($foreach.hasNext),#end#end]
}
"""


@pytest.mark.source(REST, "mapping templates (VTL)")
def test_a_template_makes_the_event(mapped: Callable[..., Api]) -> None:
    api = mapped(request=REQUEST)
    api.respond("/pets/{id}", "POST")
    api.deploy(variables={"table": "pets"})
    made = api.call("/pets/7?sort=up", "POST", {**JSON, "User-Agent": "me"}, '{"name": "Rex"}')
    assert json.loads(made.body) == {
        "id": "7",
        "name": "Rex",
        "sort": "up",
        "agent": "me",
        "stage": "prod",
        "table": "pets",
        "where": ["path", "querystring", "header"],
    }


@pytest.mark.source(REST, "mapping templates (VTL)")
def test_a_template_makes_the_response(mapped: Callable[..., Api]) -> None:
    api = mapped()
    template = (
        "#set($context.responseOverride.status = 201)"
        "#set($context.responseOverride.header.Location = \"/pets/$input.path('$.id')\")"
        "{\"made\": $input.json('$.id')}"
    )
    api.respond("/pets/{id}", "POST", responseTemplates={"application/json": template})
    api.deploy()
    made = api.call("/pets/7", "POST", JSON, '{"id": 8}')
    assert (made.status, made.body, made.headers["location"]) == (201, b'{"made": 8}', "/pets/8")


@pytest.mark.source(REST, "mapping templates (VTL)")
def test_the_client_s_accept_chooses_the_response_template(mapped: Callable[..., Api]) -> None:
    api = mapped()
    templates = {"application/json": "$input.json('$')", "application/xml": "<id>$input.path('$.id')</id>"}
    api.respond("/pets/{id}", "POST", responseTemplates=templates)
    api.deploy()
    made = api.call("/pets/7", "POST", {**JSON, "Accept": "application/xml"}, '{"id": 8}')
    assert (made.body, made.headers["content-type"]) == (b"<id>8</id>", "application/xml")
    assert api.call("/pets/7", "POST", {**JSON, "Accept": "text/html"}, '{"id": 8}').body == b'{"id":8}'


@pytest.mark.source(REST, "mapping templates (VTL)")
@pytest.mark.parametrize("template", ["$input.path('$..[')", "#foreach($x in [1..2])", "#include('x')"])
def test_a_template_that_fails_is_a_500(template: str, mapped: Callable[..., Api]) -> None:
    api = mapped(request=template)
    api.respond("/pets/{id}", "POST")
    api.deploy()
    made = api.call("/pets/7", "POST", JSON, "{}")
    assert (made.status, made.body) == (500, b'{"message": "Internal server error"}')


@pytest.mark.source(REST, "passthrough behaviour")
@pytest.mark.parametrize(
    ("behaviour", "templates", "status"),
    [
        ("WHEN_NO_MATCH", {"application/json": "{}"}, 200),
        ("WHEN_NO_TEMPLATES", {"application/json": "{}"}, 415),
        ("WHEN_NO_TEMPLATES", None, 200),
        ("NEVER", None, 415),
    ],
)
def test_passthrough_behavior(
    behaviour: str, templates: dict[str, str] | None, status: int, mapped: Callable[..., Api]
) -> None:
    api = mapped(request=templates, passthroughBehavior=behaviour)
    api.respond("/pets/{id}", "POST")
    api.deploy()
    made = api.call("/pets/7", "POST", {"Content-Type": "text/x-pet"}, '{"a": 1}')
    assert made.status == status
    assert made.body == (b'{"message":"Unsupported Media Type"}' if status == 415 else b'{"a": 1}')


@pytest.mark.source(REST, "selection patterns")
@pytest.mark.parametrize(
    ("say", "status"), [("Not found: 7", 404), ("Bad Request", 400), ("oops", 200), ("xx Not found: 7", 200)]
)
def test_the_selection_pattern_that_matches_the_error_message_chooses_the_response(
    say: str, status: int, mapped: Callable[..., Api]
) -> None:
    api = mapped(FAILS)
    api.respond("/pets/{id}", "POST")
    api.respond("/pets/{id}", "POST", "404", pattern="Not found.*")
    api.respond(
        "/pets/{id}",
        "POST",
        "400",
        {"X-Error": "integration.response.body.errorType"},
        pattern="Bad.*",
        responseTemplates={"application/json": '{"why": "$input.path(\'$.errorMessage\')"}'},
    )
    api.deploy()
    made = api.call("/pets/7", "POST", JSON, json.dumps({"say": say}))
    assert made.status == status
    if status == 400:
        assert (made.body, made.headers["x-error"]) == (b'{"why": "Bad Request"}', "Exception")
    else:
        assert json.loads(made.body)["errorMessage"] == say


@pytest.mark.source(REST, "selection patterns")
def test_without_a_matching_response_it_is_a_500(mapped: Callable[..., Api]) -> None:
    api = mapped()
    api.respond("/pets/{id}", "POST", "404", pattern="Not found.*")
    api.deploy()
    assert api.call("/pets/7", "POST", JSON, "{}").status == 500


@pytest.mark.source(REST, "selection patterns")
def test_a_status_that_the_method_does_not_declare_is_a_500(mapped: Callable[..., Api]) -> None:
    api = mapped()
    api.respond("/pets/{id}", "POST")
    api.control.delete_method_response(**api.of("/pets/{id}", "POST"), statusCode="200")
    api.deploy()
    assert api.call("/pets/7", "POST", JSON, "{}").status == 500


@pytest.mark.source(REST, "MOCK integration")
def test_a_mock_without_a_template_for_the_content_type_is_a_500(api: Api) -> None:
    api.mock("/", "POST")
    api.deploy()
    assert api.call("/", "POST", {"Content-Type": "text/plain"}, "hello").status == 500


def test_invalid_characters_in_a_header_are_replaced(api: Api) -> None:
    template = "#set($context.responseOverride.header.Said = $input.path('$.a')){\"statusCode\": 200}"
    api.method("/", "POST")
    api.integrate("/", "POST", type="MOCK", requestTemplates={"application/json": template})
    api.respond("/", "POST")
    api.deploy()
    made = api.call("/", "POST", JSON, '{"a": "b\\r\\nX-Evil: 1 \\ud800"}')
    assert (made.status, made.headers["said"]) == (200, "b X-Evil: 1 ?")
    assert "x-evil" not in made.headers


# MOCK, and CORS ---------------------------------------------------------------------------------------------------

CORS = {
    "Access-Control-Allow-Origin": "'https://example.com'",
    "Access-Control-Allow-Methods": "'GET,OPTIONS'",
    "Access-Control-Allow-Headers": "'Content-Type'",
}
ORIGIN = {"Origin": "https://example.com", "Sec-Fetch-Site": "cross-site"}


@pytest.mark.source(REST, "MOCK integration")
def test_a_mock_answers_without_a_function(api: Api) -> None:
    api.mock("/", status=204, **{"X-Stage": "context.stage", "X-Variable": "stageVariables.a", "X-Const": "'x y'"})
    api.deploy(variables={"a": "1"})
    made = api.call("/")
    assert (made.status, made.body) == (204, b"")
    assert [made.headers[f"x-{name}"] for name in ("stage", "variable", "const")] == ["prod", "1", "x y"]


@pytest.mark.source(REST, "MOCK integration")
def test_a_mock_s_template_chooses_the_response(api: Api) -> None:
    template = "#if($input.params('scope') == 'internal'){\"statusCode\": 200}#else{\"statusCode\": 500}#end"
    api.method("/")
    api.integrate("/", "GET", type="MOCK", requestTemplates={"application/json": template})
    said = {"application/json": '{"scope": "$input.params(\'scope\')"}'}
    api.respond("/", "GET", "200", pattern="200", responseTemplates=said)
    api.respond("/", "GET", "500", pattern="5\\d{2}")
    api.deploy()
    made = api.call("/?scope=internal")
    assert (made.status, made.body) == (200, b'{"scope": "internal"}')
    assert api.call("/").status == 500


@pytest.mark.source(REST, "MOCK integration")
@pytest.mark.parametrize("template", ["", "{}", '{"statusCode": "200"}', "no json"])
def test_a_mock_without_a_status_is_a_500(template: str, api: Api) -> None:
    api.method("/")
    api.integrate("/", "GET", type="MOCK", requestTemplates={"application/json": template})
    api.respond("/", "GET")
    api.deploy()
    assert api.call("/").status == 500


@pytest.mark.source(REST, "CORS preflight")
def test_a_mock_answers_preflight_requests(api: Api, function: Callable[..., Any]) -> None:
    api.mock("/pets", "OPTIONS", **CORS)
    called = function("called", "def handler(event, context): return {'headers': {'Access-Control-Allow-Origin': '*'}}")
    api.method("/pets", "GET", called)
    api.deploy()
    made = api.call("/pets", "OPTIONS", {**ORIGIN, "Access-Control-Request-Method": "GET"})
    assert made.status == 200
    for name, value in CORS.items():
        assert made.headers[name.lower()] == value.strip("'")
    answer = api.call("/pets", "GET", ORIGIN)
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (200, "*")


@pytest.mark.differs(
    REST,
    "requests of other sites' pages",
    "run only if the API's answer to OPTIONS names the page's origin; on AWS they run, and the page cannot read the "
    "answer",
)
def test_without_cors_a_page_of_another_site_reaches_nothing(api: Api, function: Callable[..., Any]) -> None:
    called = function("called")
    api.method("/pets", "GET", called)
    api.mock("/toys", "OPTIONS", **CORS)
    api.method("/toys", "GET", called)
    api.deploy()
    assert api.call("/pets", "GET", ORIGIN).kind == "AccessDeniedException"
    assert api.call("/toys", "GET", {**ORIGIN, "Origin": "https://evil.example"}).kind == "AccessDeniedException"
    assert api.call("/pets", "OPTIONS", {**ORIGIN, "Access-Control-Request-Method": "GET"}).status == 403
    assert called.events() == []


@pytest.mark.source(REST, "CORS preflight")
def test_a_function_may_answer_preflight_requests_itself(api: Api, function: Callable[..., Any]) -> None:
    code = """
def handler(event, context):
    print("EVENT " + '"' + event["httpMethod"] + '"')
    return {"headers": {"Access-Control-Allow-Origin": "https://example.com"}}
"""
    called = function("called", code)
    api.method("/{proxy+}", "ANY", called)
    api.deploy()
    assert [api.call("/pets", "POST", ORIGIN).status for _ in range(2)] == [200, 200]
    assert called.events() == ["OPTIONS", "POST", "POST"]
    assert api.call("/pets", "POST", {"Origin": "https://evil.example"}).status == 403
    assert called.events() == ["OPTIONS", "POST", "POST", "OPTIONS"]
