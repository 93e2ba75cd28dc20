"""The way of a request through a REST API, in AWS's order.

    resource and method → authorization → the API's policy → API key → throttling, quota → validator
        → integration: Lambda proxy, Lambda with templates, mock → response

Each step may refuse it (`refusals.py`). Nothing here reaches the network: functions, callers and keys are behind
`Behind`, and the integrations that would leave the machine are refused.

When Lambda throttles, the client gets a 500 (INTEGRATION_FAILURE), not a 429: that one is API Gateway's own.
https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-method-settings.html
"""

from __future__ import annotations

import base64
import binascii
import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from lambdalab.delivery.event_json import document
from lambdalab.http_payload import HttpResponse, MalformedResponse
from lambdalab.runtime.json_text import parse
from lambdalab.services.apigateway.payloads import event, remapped
from lambdalab.services.apigateway.payloads import response as proxy_response

from . import authorizers, mapping, policies, templates, validation
from . import gateway_responses as refusals
from .definition import ANY
from .gateway_responses import Refused
from .media import header_value, is_binary, media_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambdalab.delivery.records import Attempt
    from lambdalab.http_payload import Caller

    from .definition import Authorizer, Integration, IntegrationResponse, Method
    from .request import Received
    from .routes import Routes
    from .usage import ApiKey, Meters

BODY_LIMIT = 10 << 20
AUTHORIZER_MS = 10_000
"""An authorizer has this long."""
_MALFORMED = "Execution failed due to configuration error: "
_FUNCTION = re.compile(r":lambda:path/2015-03-31/functions/(?P<arn>[^/]+)/invocations$")


class NotInvoked(Exception):
    """API Gateway may not invoke the function, or there is none."""


class TimedOut(Exception):
    """The function took longer than the integration waits."""


class TooLarge(Exception):
    """The event is larger than Lambda takes."""


class Behind(Protocol):
    """What is behind a REST API."""

    @property
    def meters(self) -> Meters:
        """What was let through so far."""

    @property
    def verdicts(self) -> authorizers.Cache:
        """What authorizers said."""

    def caller(self) -> Caller | None:
        """Who signed the request. Raises Refused for a signature that is wrong."""

    def check_caller(self, received: Received) -> None:
        """Whether policies let the signer in, or the API's own. Raises Refused."""

    def key(self, value: str) -> ApiKey | None:
        """The API key with this value, if it is enabled and a usage plan makes it good for the stage."""

    def invoke(
        self,
        function_arn: str,
        payload: bytes,
        *,
        source_arn: str,
        credentials: str,
        timeout_ms: int,
        trace_id: str,
        wait: bool = True,
    ) -> Attempt:
        """Run a function: in API Gateway's name, or as the role in `credentials`. NotInvoked, TimedOut, TooLarge.

        Without `wait` the event goes to Lambda's queue; the answer is 202, and empty.
        """


def answer(received: Received, routes: Routes, behind: Behind) -> HttpResponse:
    """What the client gets."""
    if len(received.request.body) > BODY_LIMIT:
        return refusals.too_long()
    received.say(f"Extended Request Id: {received.extended_request_id}")
    try:
        made = _answer(received, routes, behind)
    except Refused as refused:
        made = fail(refused, received)
    received.say(f"Method completed with status: {made.status}")
    own = (("x-amzn-RequestId", received.request_id), ("x-amz-apigw-id", received.extended_request_id))
    return HttpResponse(made.status, (*made.headers, *own), made.body)


def fail(refused: Refused, received: Received) -> HttpResponse:
    """What the client gets; why stands in the log."""
    received.say(refusals.explained(refused), failure=True)
    return refusals.response(refused, received)


def find(received: Received, routes: Routes) -> Method | None:
    """Look for the resource and the method, and note them."""
    if found := routes.find(received.path):
        received.resource, received.path_parameters = found
        received.method = received.resource.method(received.request.method)
    if received.resource and received.method:
        received.say(f"Starting execution for request: {received.request_id}")
        received.say(f"HTTP Method: {received.request.method}, Resource Path: {received.resource.path}")
        received.say(lambda: f"Method request path: {_shown(received.path_parameters)}", data=True)
        received.say(lambda: f"Method request query string: {_shown(_last(received.query))}", data=True)
        received.say(lambda: f"Method request headers: {_shown(_last(received.headers))}", data=True)
        received.say(lambda: f"Method request body before transformations: {_text(received.request.body)}", data=True)
    return received.method


def _last(values: Mapping[str, list[str]]) -> dict[str, str]:
    return {name: each[-1] for name, each in values.items()}


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")


def _shown(values: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{name}={value}" for name, value in values.items()) + "}"


def _answer(received: Received, routes: Routes, behind: Behind) -> HttpResponse:
    method = find(received, routes)
    if method is None:
        raise Refused(refusals.MISSING_TOKEN)
    _authorize(received, method, behind)
    _meter(received, method, behind)
    return complete(received, method, behind)


def complete(received: Received, method: Method, behind: Behind) -> HttpResponse:
    """Validator and integration. Raises Refused."""
    validation.check(received)
    made = _integrate(received, method, behind)
    received.say(lambda: f"Method response headers: {_shown(dict(made.headers))}", data=True)
    received.say(lambda: f"Method response body after transformations: {_text(made.body)}", data=True)
    received.say("Successfully completed execution")
    return made


# Who may, and how often -------------------------------------------------------------------------------------------


def _authorize(received: Received, method: Method, behind: Behind) -> None:
    if method.authorization == "AWS_IAM":
        received.caller = behind.caller()
        if received.caller is None:
            raise Refused(refusals.MISSING_TOKEN)
        behind.check_caller(received)
        return
    policies.check_anybody(received, only_denials=method.authorization == "CUSTOM")
    if method.authorization == "CUSTOM":
        _ask_authorizer(received, method, behind)
    elif method.authorization != "NONE":
        raise Refused(
            refusals.AUTHORIZER_CONFIGURATION_ERROR,
            f"The lab has no {method.authorization} authorizers: use a Lambda authorizer (CUSTOM) or AWS_IAM.",
        )


def _ask_authorizer(received: Received, method: Method, behind: Behind) -> None:
    stage = received.stage
    authorizer = stage.definition.authorizers.get(method.authorizer_id)
    if authorizer is None:
        raise Refused(refusals.AUTHORIZER_CONFIGURATION_ERROR, why="there is no such authorizer")
    values = authorizers.identity(authorizer, received)
    key = (stage.api_id, stage.name, authorizer.id, values)
    remembered = authorizer.ttl_s > 0 and bool(values)
    verdict = behind.verdicts.get(key, received.now) if remembered else None
    if verdict is None:
        verdict = authorizers.verdict(_call_authorizer(authorizer, received, values, behind))
        if remembered:
            behind.verdicts.put(key, verdict, received.now + authorizer.ttl_s)
    verdict.check(received)
    received.authorizer = {"principalId": verdict.principal_id, "integrationLatency": 0, **verdict.context}
    received.usage_key = verdict.usage_key


def _call_authorizer(authorizer: Authorizer, received: Received, values: tuple[str, ...], behind: Behind) -> Attempt:
    stage = received.stage
    arn = function_arn(mapping.with_stage_variables(authorizer.uri, stage.variables))
    source = f"{policies.arn_of_api(stage)}/authorizers/{authorizer.id}"
    try:
        return behind.invoke(
            arn or "",
            document(authorizers.event(authorizer, received, values)),
            source_arn=source,
            credentials=authorizer.credentials,
            timeout_ms=AUTHORIZER_MS,
            trace_id=received.trace_id,
        )
    except (NotInvoked, TooLarge) as problem:
        raise Refused(refusals.AUTHORIZER_CONFIGURATION_ERROR, why=str(problem)) from problem
    except TimedOut as problem:
        raise Refused(refusals.AUTHORIZER_FAILURE, why="the authorizer took too long") from problem


def _meter(received: Received, method: Method, behind: Behind) -> None:
    stage, resource = received.stage, received.resource
    assert resource is not None
    where = f"{resource.path}/{method.http_method}"
    if method.api_key_required:
        by_authorizer = stage.definition.api_key_source == "AUTHORIZER"
        value = received.usage_key if by_authorizer else received.header("x-api-key")
        received.api_key = key = behind.key(value) if value else None
        if key is None:
            raise Refused(refusals.FORBIDDEN_KEY)
        limit = key.plan.method_limits.get(where) or key.plan.limit
        bucket = (key.plan.id, key.id, stage.api_id, stage.name, where if where in key.plan.method_limits else "")
        if limit and not behind.meters.take(bucket, limit, received.now):
            raise Refused(refusals.THROTTLED)
        if key.plan.quota and not behind.meters.count((key.plan.id, key.id), key.plan.quota, received.now):
            raise Refused(refusals.QUOTA_EXCEEDED)
    limit = stage.limit(resource.path, method.http_method)
    if limit and not behind.meters.take((stage.api_id, stage.name, where), limit, received.now):
        raise Refused(refusals.THROTTLED)


# Integrations -----------------------------------------------------------------------------------------------------


def _integrate(received: Received, method: Method, behind: Behind) -> HttpResponse:
    """The answer of what stands behind a method. Raises Refused."""
    integration = method.integration
    if integration is None:
        raise Refused(refusals.API_CONFIGURATION_ERROR, why="the method has no integration")
    if integration.kind == "AWS_PROXY":
        return _proxy(received, integration, behind)
    if integration.kind == "MOCK":
        return _mock(received, method, integration)
    if integration.kind == "AWS" and _FUNCTION.search(integration.uri):
        return _lambda(received, method, integration, behind)
    what = (
        "HTTP integrations: nothing leaves this machine"
        if integration.kind.startswith("HTTP")
        else ("integrations with other services than Lambda")
    )
    raise Refused(replace(refusals.API_CONFIGURATION_ERROR, status=501), f"The lab has no {what}.")


def function_arn(uri: str) -> str | None:
    """The function that an integration's URI names."""
    found = _FUNCTION.search(uri)
    return found["arn"] if found else None


def _invoke(
    received: Received, integration: Integration, payload: bytes, behind: Behind, *, wait: bool = True
) -> Attempt:
    variables = received.stage.variables
    arn = function_arn(mapping.with_stage_variables(integration.uri, variables))
    if arn is None or integration.http_method != "POST":
        raise Refused(refusals.API_CONFIGURATION_ERROR, why="Lambda is invoked with POST, by the ARN of a function")
    received.say(lambda: f"Endpoint request body after transformations: {_text(payload)}", data=True)
    region = arn.split(":")[3] if arn.count(":") > 5 else received.stage.region
    where = f"https://lambda.{region}.amazonaws.com/2015-03-31/functions/{arn}/invocations"
    received.say(f"Sending request to {where}")
    began = time.monotonic()
    try:
        attempt = behind.invoke(
            arn,
            payload,
            source_arn=received.source_arn,
            credentials=mapping.with_stage_variables(integration.credentials, variables),
            timeout_ms=integration.timeout_ms,
            trace_id=received.trace_id,
            wait=wait,
        )
    except NotInvoked as problem:
        raise Refused(refusals.API_CONFIGURATION_ERROR, why=str(problem)) from problem
    except TooLarge as problem:
        raise Refused(refusals.REQUEST_TOO_LARGE) from problem
    except TimedOut as problem:
        raise Refused(refusals.INTEGRATION_TIMEOUT) from problem
    if attempt.status not in (200, 202):
        raise Refused(refusals.INTEGRATION_FAILURE, why=f"Lambda invocation failed with status: {attempt.status}")
    latency = int((time.monotonic() - began) * 1000)
    received.say(f"Received response. Status: {attempt.status}, Integration latency: {latency} ms")
    answered = attempt.payload or b""
    received.say(lambda: f"Endpoint response body before transformations: {_text(answered)}", data=True)
    return attempt


def _proxy(received: Received, integration: Integration, behind: Behind) -> HttpResponse:
    attempt = _invoke(received, integration, document(event(received)), behind)
    if attempt.failed:
        said = _selected_by(attempt.payload or b"") or attempt.error_type
        why = f"Lambda execution failed with status 200 due to customer function error: {said}"
        raise Refused(refusals.MALFORMED_RESPONSE, why=why)
    wanted = is_binary(received.header("accept"), received.stage.definition.binary_media_types)
    try:
        made = proxy_response(attempt.payload or b"", binary_wanted=wanted)
    except MalformedResponse as problem:
        why = f"{_MALFORMED}Malformed Lambda proxy response ({problem})"
        raise Refused(refusals.MALFORMED_RESPONSE, why=why) from problem
    trace = (
        ()
        if any(name.lower() == "x-amzn-trace-id" for name, _ in made.headers)
        else (("X-Amzn-Trace-Id", received.trace_id),)
    )
    return HttpResponse(made.status, (*made.headers, *trace), made.body)


def _mock(received: Received, method: Method, integration: Integration) -> HttpResponse:
    """Nothing is called: the request template says which status the answer has."""
    payload, overrides = _request_body(received, integration)
    try:
        status = parse(payload)["statusCode"]
    except (ValueError, KeyError, TypeError):
        status = None
    if not isinstance(status, int) or isinstance(status, bool):
        raise Refused(refusals.API_CONFIGURATION_ERROR, why="the request template gives no statusCode")
    return _mapped(received, method, integration, b"", str(status), overrides)


def _lambda(received: Received, method: Method, integration: Integration, behind: Behind) -> HttpResponse:
    payload, overrides = _request_body(received, integration)
    headers = mapping.integration_request(integration, received)["header"]
    kind = next((value for name, value in headers.items() if name.lower() == "x-amz-invocation-type"), "")
    try:
        parse(payload or b"{}")
    except ValueError as problem:
        raise Refused(refusals.BAD_JSON, f"Could not parse request body into json: {problem}") from problem
    attempt = _invoke(received, integration, payload or b"{}", behind, wait=kind != "Event")
    answered = attempt.payload or b""
    return _mapped(received, method, integration, answered, _selected_by(answered), overrides)


def _selected_by(answered: bytes) -> str:
    """What selection patterns are held against: a function's errorMessage. Empty: it went well."""
    try:
        said = parse(answered)
    except ValueError:
        return ""
    return str(said.get("errorMessage") or "") if isinstance(said, dict) else ""


def _request_body(received: Received, integration: Integration) -> tuple[bytes, templates.Overrides]:
    body = received.request.body
    kind = media_type(received.header("content-type")) or "application/json"
    binary = is_binary(kind, received.stage.definition.binary_media_types)
    if integration.content_handling == "CONVERT_TO_BINARY" and not binary:
        body = _from_base64(body)
    elif integration.content_handling == "CONVERT_TO_TEXT" and binary:
        body = base64.b64encode(body)
    template = next((each for name, each in integration.templates.items() if media_type(name) == kind), None)
    if template is None:
        if integration.passthrough == "NEVER" or (
            integration.passthrough == "WHEN_NO_TEMPLATES" and integration.templates
        ):
            raise Refused(refusals.UNSUPPORTED_MEDIA_TYPE)
        return body, templates.Overrides()
    text, overrides = _render(template, received, body.decode("utf-8", "replace"))
    return text.encode("utf-8", "replace"), overrides


def _render(template: str, received: Received, body: str) -> tuple[str, templates.Overrides]:
    variables = templates.Variables(
        body,
        received.path_parameters,
        _last(received.query),
        _last(received.headers),
        received.variables(),
        received.stage.variables,
    )
    try:
        return templates.render(template, variables)
    except templates.TemplateFailed as problem:
        raise Refused(refusals.API_CONFIGURATION_ERROR, why=f"the template failed: {problem}") from problem


def _mapped(
    received: Received,
    method: Method,
    integration: Integration,
    body: bytes,
    selected_by: str,
    overrides: templates.Overrides,
) -> HttpResponse:
    chosen = _choose(integration, selected_by)
    if chosen.status not in method.responses or not 200 <= int(chosen.status) <= 599:
        raise Refused(
            refusals.API_CONFIGURATION_ERROR,
            why=f"Output mapping refers to an invalid method response: {chosen.status}",
        )
    headers = mapping.response_headers(chosen, method, received, body)
    kind, template = _response_template(chosen, received)
    if template is not None:
        text, own = _render(template, received, body.decode("utf-8", "replace"))
        body = text.encode("utf-8", "replace")
        overrides = templates.Overrides(own.status or overrides.status, {**overrides.headers, **own.headers})
    if chosen.content_handling == "CONVERT_TO_BINARY":
        body = _from_base64(body)
    named = {name.lower() for name in overrides.headers}
    lines = [(name, value) for name, value in headers if name.lower() not in named]
    lines += [(name, header_value(value)) for name, value in overrides.headers.items()]
    if not any(name.lower() == "content-type" for name, _ in lines):
        lines.insert(0, ("Content-Type", kind))
    try:
        lines = [(remapped(name), value) for name, value in lines]
    except MalformedResponse as problem:
        raise Refused(refusals.API_CONFIGURATION_ERROR, why=str(problem)) from problem
    if integration.kind == "AWS":
        lines.append(("X-Amzn-Trace-Id", received.trace_id))
    return HttpResponse(overrides.status or int(chosen.status), tuple(lines), body)


def _choose(integration: Integration, selected_by: str) -> IntegrationResponse:
    """The first whose pattern fits all of it; else the one without a pattern."""
    for each in integration.responses:
        if each.pattern and selected_by and _fits(each.pattern, selected_by):
            return each
    for each in integration.responses:
        if not each.pattern:
            return each
    raise Refused(
        refusals.API_CONFIGURATION_ERROR, why="No match for output mapping and no default output mapping configured"
    )


def _fits(pattern: str, text: str) -> bool:
    try:
        return re.fullmatch(pattern, text) is not None
    except re.error:
        return False


def _response_template(chosen: IntegrationResponse, received: Received) -> tuple[str, str | None]:
    """By what the client asks for; else that for JSON; else any. None: the answer goes out as it is."""
    if not chosen.templates:
        return "application/json", None
    wanted = media_type(received.header("accept"))
    for kind in (wanted, "application/json"):
        if kind in chosen.templates:
            return kind, chosen.templates[kind]
    return next(iter(chosen.templates.items()))


def _from_base64(body: bytes) -> bytes:
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as problem:
        raise Refused(refusals.API_CONFIGURATION_ERROR, why="the body is not base64") from problem


# CORS -------------------------------------------------------------------------------------------------------------


def allowed_origin(answered: HttpResponse) -> str | None:
    """Whom the answer to a preflight request lets in."""
    return next((value for name, value in answered.headers if name.lower() == "access-control-allow-origin"), None)


def has_options(received: Received, routes: Routes) -> bool:
    """Whether there is anything that could answer a preflight request for this path."""
    found = routes.find(received.path)
    return found is not None and ("OPTIONS" in found[0].methods or ANY in found[0].methods)
