"""How a REST API processes a request, in AWS's order.

    resource and method → authorization → the API's policy → API key → throttling, quota → validator
        → integration: Lambda proxy, Lambda with templates, mock → response

Each step may fail (`gateway_responses.py`). Nothing here uses the network: functions, callers and API keys are reached
through `Services`, and integrations that would leave this machine are not supported.

When Lambda throttles, the client gets a 500 (INTEGRATION_FAILURE), not a 429: that one is API Gateway's own.
https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-method-settings.html
"""

from __future__ import annotations

import base64
import binascii
import functools
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
from . import gateway_responses as responses
from .definition import ANY
from .gateway_responses import GatewayError
from .media import header_value, is_binary, media_type
from .request import Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lambdalab.delivery.records import Attempt
    from lambdalab.http_payload import Caller

    from .definition import Authorizer, Integration, IntegrationResponse, Method
    from .request import ApiRequest
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


class Services(Protocol):
    """What API Gateway uses to answer a request."""

    meters: Meters
    """How many requests were let through so far."""
    authorizer_cache: authorizers.AuthorizerCache

    def caller(self) -> Caller | None:
        """Who signed the request. Raises GatewayError for a wrong signature."""

    def check_caller(self, received: ApiRequest) -> None:
        """Evaluate the signer's policies and the API's own. Raises GatewayError."""

    def key(self, value: str) -> ApiKey | None:
        """The enabled API key with this value, if a usage plan associates it with the stage."""

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
        """Invoke a function, as API Gateway or with the role in `credentials`. Raises NotInvoked, TimedOut, TooLarge.

        Without `wait` the event goes to Lambda's queue, and the result is an empty 202.
        """


def log(received: ApiRequest, line: str | Callable[[], str], *, data: bool = False, failure: bool = False) -> None:
    """Add a line to the execution log, if the stage writes one."""
    if received.journal is not None:
        received.journal.append(Entry(line, data, failure))


def answer(received: ApiRequest, routes: Routes, services: Services) -> HttpResponse:
    """The response to a request."""
    if len(received.request.body) > BODY_LIMIT:
        return responses.too_long()
    log(received, f"Extended Request Id: {received.extended_request_id}")
    try:
        made = _answer(received, routes, services)
    except GatewayError as error:
        made = fail(error, received)
    log(received, f"Method completed with status: {made.status}")
    own = (("x-amzn-RequestId", received.request_id), ("x-amz-apigw-id", received.extended_request_id))
    return HttpResponse(made.status, (*made.headers, *own), made.body)


def fail(error: GatewayError, received: ApiRequest) -> HttpResponse:
    """The response to a request that failed; the log says why."""
    log(received, responses.explained(error), failure=True)
    return responses.response(error, received)


def find(received: ApiRequest, routes: Routes) -> Method | None:
    """Find the resource and the method, and keep them with the request."""
    if found := routes.find(received.path):
        received.resource, received.path_parameters = found
        received.method = received.resource.method(received.request.method)
    if received.resource and received.method and received.journal is not None:
        log(received, f"Starting execution for request: {received.request_id}")
        log(received, f"HTTP Method: {received.request.method}, Resource Path: {received.resource.path}")
        log(received, lambda: f"Method request path: {_shown(received.path_parameters)}", data=True)
        log(received, lambda: f"Method request query string: {_shown(_last(received.query))}", data=True)
        log(received, lambda: f"Method request headers: {_shown(_last(received.headers))}", data=True)
        log(received, lambda: f"Method request body before transformations: {_text(received.request.body)}", data=True)
    return received.method


def _last(values: Mapping[str, list[str]]) -> dict[str, str]:
    return {name: each[-1] for name, each in values.items()}


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")


def _shown(values: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{name}={value}" for name, value in values.items()) + "}"


def _answer(received: ApiRequest, routes: Routes, services: Services) -> HttpResponse:
    method = find(received, routes)
    if method is None:
        raise GatewayError(responses.MISSING_TOKEN)
    _authorize(received, method, services)
    _meter(received, method, services)
    return complete(received, method, services)


def complete(received: ApiRequest, method: Method, services: Services) -> HttpResponse:
    """Validator and integration. Raises GatewayError."""
    if method.validates_parameters or method.validates_body:
        validation.check(received)
    made = _integrate(received, method, services)
    log(received, lambda: f"Method response headers: {_shown(dict(made.headers))}", data=True)
    log(received, lambda: f"Method response body after transformations: {_text(made.body)}", data=True)
    log(received, "Successfully completed execution")
    return made


# Authorization and throttling -------------------------------------------------------------------------------------


def _authorize(received: ApiRequest, method: Method, services: Services) -> None:
    if method.authorization == "AWS_IAM":
        received.caller = services.caller()
        if received.caller is None:
            raise GatewayError(responses.MISSING_TOKEN)
        services.check_caller(received)
        return
    if received.stage.definition.policy is not None:
        policies.check_anybody(received, only_denials=method.authorization == "CUSTOM")
    if method.authorization == "CUSTOM":
        _ask_authorizer(received, method, services)
    elif method.authorization != "NONE":
        raise GatewayError(
            responses.AUTHORIZER_CONFIGURATION_ERROR,
            f"The lab has no {method.authorization} authorizers: use a Lambda authorizer (CUSTOM) or AWS_IAM.",
        )


def _ask_authorizer(received: ApiRequest, method: Method, services: Services) -> None:
    stage = received.stage
    authorizer = stage.definition.authorizers.get(method.authorizer_id)
    if authorizer is None:
        raise GatewayError(responses.AUTHORIZER_CONFIGURATION_ERROR, why="there is no such authorizer")
    values = authorizers.identity(authorizer, received)
    key = (stage.api_id, stage.name, authorizer.id, values)
    remembered = authorizer.ttl_s > 0 and bool(values)
    output = services.authorizer_cache.get(key, received.now) if remembered else None
    if output is None:
        output = authorizers.read_output(_call_authorizer(authorizer, received, values, services))
        if remembered:
            services.authorizer_cache.put(key, output, received.now + authorizer.ttl_s)
    output.check(received)
    received.authorizer = {"principalId": output.principal_id, "integrationLatency": 0, **output.context}
    received.usage_key = output.usage_key


def _call_authorizer(
    authorizer: Authorizer, received: ApiRequest, values: tuple[str, ...], services: Services
) -> Attempt:
    stage = received.stage
    arn = function_arn(mapping.with_stage_variables(authorizer.uri, stage.variables))
    source = f"{policies.arn_of_api(stage)}/authorizers/{authorizer.id}"
    try:
        return services.invoke(
            arn or "",
            document(authorizers.event(authorizer, received, values)),
            source_arn=source,
            credentials=authorizer.credentials,
            timeout_ms=AUTHORIZER_MS,
            trace_id=received.trace_id,
        )
    except (NotInvoked, TooLarge) as problem:
        raise GatewayError(responses.AUTHORIZER_CONFIGURATION_ERROR, why=str(problem)) from problem
    except TimedOut as problem:
        raise GatewayError(responses.AUTHORIZER_FAILURE, why="the authorizer took too long") from problem


def _meter(received: ApiRequest, method: Method, services: Services) -> None:
    stage, resource = received.stage, received.resource
    assert resource is not None
    where = f"{resource.path}/{method.http_method}"
    if method.api_key_required:
        by_authorizer = stage.definition.api_key_source == "AUTHORIZER"
        value = received.usage_key if by_authorizer else received.header("x-api-key")
        received.api_key = key = services.key(value) if value else None
        if key is None:
            raise GatewayError(responses.FORBIDDEN_KEY)
        limit = key.plan.method_limits.get(where) or key.plan.limit
        bucket = (key.plan.id, key.id, stage.api_id, stage.name, where if where in key.plan.method_limits else "")
        if limit and not services.meters.take(bucket, limit, received.now):
            raise GatewayError(responses.THROTTLED)
        if key.plan.quota and not services.meters.count((key.plan.id, key.id), key.plan.quota, received.now):
            raise GatewayError(responses.QUOTA_EXCEEDED)
    limit = stage.limit(resource.path, method.http_method) if stage.limits else None
    if limit and not services.meters.take((stage.api_id, stage.name, where), limit, received.now):
        raise GatewayError(responses.THROTTLED)


# Integrations -----------------------------------------------------------------------------------------------------


def _integrate(received: ApiRequest, method: Method, services: Services) -> HttpResponse:
    """The integration's output as a response. Raises GatewayError."""
    integration = method.integration
    if integration is None:
        raise GatewayError(responses.API_CONFIGURATION_ERROR, why="the method has no integration")
    if integration.kind == "AWS_PROXY":
        return _proxy(received, integration, services)
    if integration.kind == "MOCK":
        return _mock(received, method, integration)
    if integration.kind == "AWS" and _FUNCTION.search(integration.uri):
        return _lambda(received, method, integration, services)
    what = (
        "HTTP integrations: nothing leaves this machine"
        if integration.kind.startswith("HTTP")
        else ("integrations with other services than Lambda")
    )
    raise GatewayError(replace(responses.API_CONFIGURATION_ERROR, status=501), f"The lab has no {what}.")


@functools.lru_cache(maxsize=1024)
def function_arn(uri: str) -> str | None:
    """The function that an integration's URI names."""
    found = _FUNCTION.search(uri)
    return found["arn"] if found else None


def _invoke(
    received: ApiRequest, integration: Integration, payload: bytes, services: Services, *, wait: bool = True
) -> Attempt:
    variables = received.stage.variables
    uri, credentials = integration.uri, integration.credentials
    if "$" in uri or "$" in credentials:
        uri, credentials = (mapping.with_stage_variables(each, variables) for each in (uri, credentials))
    arn = function_arn(uri)
    if arn is None or integration.http_method != "POST":
        raise GatewayError(
            responses.API_CONFIGURATION_ERROR, why="Lambda is invoked with POST, by the ARN of a function"
        )
    log(received, lambda: f"Endpoint request body after transformations: {_text(payload)}", data=True)
    region = arn.split(":")[3] if arn.count(":") > 5 else received.stage.region
    where = f"https://lambda.{region}.amazonaws.com/2015-03-31/functions/{arn}/invocations"
    log(received, f"Sending request to {where}")
    began = time.monotonic()
    try:
        attempt = services.invoke(
            arn,
            payload,
            source_arn=received.source_arn,
            credentials=credentials,
            timeout_ms=integration.timeout_ms,
            trace_id=received.trace_id,
            wait=wait,
        )
    except NotInvoked as problem:
        raise GatewayError(responses.API_CONFIGURATION_ERROR, why=str(problem)) from problem
    except TooLarge as problem:
        raise GatewayError(responses.REQUEST_TOO_LARGE) from problem
    except TimedOut as problem:
        raise GatewayError(responses.INTEGRATION_TIMEOUT) from problem
    if attempt.status not in (200, 202):
        raise GatewayError(responses.INTEGRATION_FAILURE, why=f"Lambda invocation failed with status: {attempt.status}")
    latency = int((time.monotonic() - began) * 1000)
    log(received, f"Received response. Status: {attempt.status}, Integration latency: {latency} ms")
    answered = attempt.payload or b""
    log(received, lambda: f"Endpoint response body before transformations: {_text(answered)}", data=True)
    return attempt


def _proxy(received: ApiRequest, integration: Integration, services: Services) -> HttpResponse:
    attempt = _invoke(received, integration, document(event(received)), services)
    if attempt.failed:
        message = _selected_by(attempt.payload or b"") or attempt.error_type
        why = f"Lambda execution failed with status 200 due to customer function error: {message}"
        raise GatewayError(responses.MALFORMED_RESPONSE, why=why)
    kinds = received.stage.definition.binary_media_types
    wanted = bool(kinds) and is_binary(received.header("accept"), kinds)
    try:
        made = proxy_response(attempt.payload or b"", binary_wanted=wanted)
    except MalformedResponse as problem:
        why = f"{_MALFORMED}Malformed Lambda proxy response ({problem})"
        raise GatewayError(responses.MALFORMED_RESPONSE, why=why) from problem
    trace = (
        ()
        if any(name.lower() == "x-amzn-trace-id" for name, _ in made.headers)
        else (("X-Amzn-Trace-Id", received.trace_id),)
    )
    return HttpResponse(made.status, (*made.headers, *trace), made.body)


def _mock(received: ApiRequest, method: Method, integration: Integration) -> HttpResponse:
    """Nothing is called: the request template gives the status of the response."""
    payload, overrides = _request_body(received, integration)
    try:
        status = parse(payload)["statusCode"]
    except (ValueError, KeyError, TypeError):
        status = None
    if not isinstance(status, int) or isinstance(status, bool):
        raise GatewayError(responses.API_CONFIGURATION_ERROR, why="the request template gives no statusCode")
    return _mapped(received, method, integration, b"", str(status), overrides)


def _lambda(received: ApiRequest, method: Method, integration: Integration, services: Services) -> HttpResponse:
    payload, overrides = _request_body(received, integration)
    headers = mapping.integration_request(integration, received)["header"]
    kind = next((value for name, value in headers.items() if name.lower() == "x-amz-invocation-type"), "")
    try:
        parse(payload or b"{}")
    except ValueError as problem:
        raise GatewayError(responses.BAD_JSON, f"Could not parse request body into json: {problem}") from problem
    attempt = _invoke(received, integration, payload or b"{}", services, wait=kind != "Event")
    answered = attempt.payload or b""
    return _mapped(received, method, integration, answered, _selected_by(answered), overrides)


def _selected_by(answered: bytes) -> str:
    """What selection patterns match: a function's errorMessage. Empty, if the function succeeded."""
    try:
        output = parse(answered)
    except ValueError:
        return ""
    return str(output.get("errorMessage") or "") if isinstance(output, dict) else ""


def _request_body(received: ApiRequest, integration: Integration) -> tuple[bytes, templates.Overrides]:
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
            raise GatewayError(responses.UNSUPPORTED_MEDIA_TYPE)
        return body, templates.Overrides()
    text, overrides = _render(template, received, body.decode("utf-8", "replace"))
    return text.encode("utf-8", "replace"), overrides


def _render(template: str, received: ApiRequest, body: str) -> tuple[str, templates.Overrides]:
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
        raise GatewayError(responses.API_CONFIGURATION_ERROR, why=f"the template failed: {problem}") from problem


def _mapped(
    received: ApiRequest,
    method: Method,
    integration: Integration,
    body: bytes,
    selected_by: str,
    overrides: templates.Overrides,
) -> HttpResponse:
    chosen = _choose(integration, selected_by)
    if chosen.status not in method.responses or not 200 <= int(chosen.status) <= 599:
        raise GatewayError(
            responses.API_CONFIGURATION_ERROR,
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
        raise GatewayError(responses.API_CONFIGURATION_ERROR, why=str(problem)) from problem
    if integration.kind == "AWS":
        lines.append(("X-Amzn-Trace-Id", received.trace_id))
    return HttpResponse(overrides.status or int(chosen.status), tuple(lines), body)


def _choose(integration: Integration, selected_by: str) -> IntegrationResponse:
    """The first whose pattern matches all of it; else the one without a pattern."""
    for each in integration.responses:
        if each.pattern and selected_by and _fits(each.pattern, selected_by):
            return each
    for each in integration.responses:
        if not each.pattern:
            return each
    raise GatewayError(
        responses.API_CONFIGURATION_ERROR, why="No match for output mapping and no default output mapping configured"
    )


def _fits(pattern: str, text: str) -> bool:
    try:
        return re.fullmatch(pattern, text) is not None
    except re.error:
        return False


def _response_template(chosen: IntegrationResponse, received: ApiRequest) -> tuple[str, str | None]:
    """For the type that the client accepts, else for JSON, else any. None: the output is passed through."""
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
        raise GatewayError(responses.API_CONFIGURATION_ERROR, why="the body is not base64") from problem


# CORS -------------------------------------------------------------------------------------------------------------


def allowed_origin(answered: HttpResponse) -> str | None:
    """The origin that the response to a preflight request allows."""
    return next((value for name, value in answered.headers if name.lower() == "access-control-allow-origin"), None)


def has_options(received: ApiRequest, routes: Routes) -> bool:
    """Whether a method could answer a preflight request for this path."""
    found = routes.find(received.path)
    return found is not None and ("OPTIONS" in found[0].methods or ANY in found[0].methods)
