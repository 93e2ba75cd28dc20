"""Requests to HTTP APIs: stage, preflight, route, authorizer, mapping, function, mapping, CORS.

A client learns little about what went wrong, as on AWS; the API's access log says why, if its stage has one:

    no stage, no route                                      404 {"message":"Not Found"}
    no token or identity source; an invalid token           401 {"message":"Unauthorized"}
    not allowed                                             403 {"message":"Forbidden"}
    the function may not be invoked, fails, is throttled,
    or returns nothing that API Gateway can use             500 {"message":"Internal Server Error"}
    the function takes longer than the integration waits    503 {"message":"Service Unavailable"}
    the request is too large                                413 {"message":"Request Entity Too Large"}
    throttled by the settings of the stage or the route     429 {"message":"Too Many Requests"}

AWS documents neither the wording of that 413 nor the response when Lambda throttles the function.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from lambdalab.delivery.event_json import document
from lambdalab.delivery.integration_timeout import TooLate
from lambdalab.delivery.invocation import NoSuchFunction
from lambdalab.delivery.service_invocation import NotAllowed
from lambdalab.endpoint.public_endpoints import API_LIMIT
from lambdalab.http_payload import HttpResponse, MalformedResponse, proxy_response, response
from lambdalab.services.apigateway import access_log
from lambdalab.services.apigateway.gateway.definition import Limit
from lambdalab.services.apigateway.gateway.usage import Meters
from lambdalab.services.apigateway.invocation import invoke
from lambdalab.services.lambda_.invoke.payload import REQUEST_LIMIT

from .authorization import AuthorizerFailed, Forbidden, Unauthorized
from .gateway import cors, mapping
from .gateway.expressions import Values, fill, function_arn
from .payloads import ApiRequest, Authorized, event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lambdalab.endpoint.public_endpoints import Begin, Signer
    from lambdalab.http_payload import HttpRequest
    from lambdalab.services.parts import LabParts

    from . import state
    from .authorization import Authorization
    from .deployments import Deployment, Deployments, Integration, Route

    StoredApis = Callable[[], Iterable[tuple[str, str, state.Api]]]

DEFAULT_STAGE = "$default"
_ANONYMOUS = Authorized()


class _Failed(Exception):
    """API Gateway itself answers the request."""

    def __init__(self, status: int, message: str, why: str = "", *headers: tuple[str, str]) -> None:
        super().__init__(why or message)
        self.message = message
        self.why = why
        self.response = HttpResponse(
            status,
            (("content-type", "application/json"), *headers),
            json.dumps({"message": message}, separators=(",", ":")).encode(),
        )


def _not_found() -> HttpResponse:
    return _Failed(404, "Not Found").response


def _internal(why: str) -> _Failed:
    return _Failed(500, "Internal Server Error", why)


class HttpApis:
    """All HTTP APIs (`lambdalab.endpoint.public_endpoints.Provider`)."""

    def __init__(
        self, lab: LabParts, authorization: Authorization, deployments: Deployments, stored: StoredApis
    ) -> None:
        """`stored` gives account, Region and API of all HTTP APIs."""
        self.lab = lab
        self.authorization = authorization
        self.deployments = deployments
        self.meters = Meters()
        self._stored = stored
        self._known: dict[str, HttpApi] = {}
        self._lock = threading.Lock()

    def ids(self) -> Iterable[str]:
        """The ids of all HTTP APIs that exist now."""
        return [api.api_id for _, _, api in self._stored()]

    def endpoint(self, api_id: str) -> HttpApi:
        """The API with one of these ids."""
        with self._lock:
            known = self._known.get(api_id)
            if known is None or not known.exists:
                account, region, stored = next(each for each in self._stored() if each[2].api_id == api_id)
                self._known = {key: each for key, each in self._known.items() if each.exists}
                known = self._known[api_id] = HttpApi(self, account, region, stored)
            return known


class HttpApi:
    """One HTTP API (`lambdalab.endpoint.public_endpoints.Endpoint`)."""

    def __init__(self, apis: HttpApis, account: str, region: str, stored: state.Api) -> None:
        self.lab = apis.lab
        self._authorization = apis.authorization
        self._stages = apis.deployments.stages
        self._meters = apis.meters
        self._account = account
        self._region = region
        self._stored = stored

    @property
    def exists(self) -> bool:
        """Whether it has not been deleted."""
        return self._stored.backend.apis.get(self._stored.api_id) is self._stored

    def allows_origin(self, origin: str, request: HttpRequest) -> bool:
        """By the API's CORS configuration. Headers of a function's response cannot count: it would have run by then."""
        stage, _ = self._stage(request.path)
        deployment = self._deployment(stage)
        return cors.allows(deployment.cors if deployment else None, origin)

    def answer(self, request: HttpRequest, signer: Signer, begin: Begin | None) -> HttpResponse | None:
        """The response. Nothing is sent early: HTTP APIs do not stream."""
        request_id = base64.b64encode(secrets.token_bytes(11)).decode()
        stage, path = self._stage(request.path)
        deployment = self._deployment(stage)
        if stage is None or deployment is None or self._stored.disable_execute_api_endpoint:
            made = _not_found()
        elif not deployment.cors:
            made = self._answer(request, signer, stage, deployment, path, request_id)
        else:
            preflight = cors.preflight(deployment.cors, request)
            made = preflight or cors.with_headers(
                deployment.cors, request, self._answer(request, signer, stage, deployment, path, request_id)
            )
        return HttpResponse(made.status, (*made.headers, ("apigw-requestid", request_id)), made.body)

    def _stage(self, path: str) -> tuple[state.Stage | None, str]:
        """The stage that a path names, or else $default, and the path without the stage."""
        first, _, rest = path[1:].partition("/")
        named = self._stored.stages.get(unquote(first))
        if named is not None and named.name != DEFAULT_STAGE:
            return named, f"/{rest}"
        return self._stored.stages.get(DEFAULT_STAGE), path

    def _deployment(self, stage: state.Stage | None) -> Deployment | None:
        used = self._stages.get(stage) if stage is not None else None
        return used.deployment if used else None

    def _answer(
        self,
        request: HttpRequest,
        signer: Signer,
        stage: state.Stage,
        deployment: Deployment,
        path: str,
        request_id: str,
    ) -> HttpResponse:
        match = deployment.router.choose(request.method, path)
        if match is None:
            return _not_found()  # AWS does not log these either.
        route = deployment.routes[match.key]
        now = self.lab.clock.time()
        received = ApiRequest(
            request,
            unquote(path),
            match,
            self._account,
            self._region,
            self._stored.api_id,
            stage.name,
            request_id,
            now,
            stage.stage_variables or {},
            request.headers.get("x-amzn-trace-id") or f"Root=1-{int(now):x}-{secrets.token_hex(12)}",
        )
        log = stage.access_log_settings
        context = received.context() if log or route.reads_context else {}
        try:
            self._throttle(received, stage)
            made = self._process(received, route, signer, context)
        except _Failed as failed:
            made = failed.response
            context["error"] = {"message": failed.message, "messageString": json.dumps(failed.message)}
            if failed.why:
                context["integrationErrorMessage"] = failed.why
                context["integration"] = {"error": failed.why}
        if log:
            access_log.write(log, stage.name, self._account, self._region, context, made, self.lab.clock)
        return made

    def _throttle(self, received: ApiRequest, stage: state.Stage) -> None:
        """By the settings of the route, or else of the stage: a token bucket, on the lab's clock."""
        key = received.match.key.text
        for scope, settings in ((key, (stage.route_settings or {}).get(key)), ("*", stage.default_route_settings)):
            if not settings:
                continue
            rate, burst = settings.get("throttlingRateLimit"), settings.get("throttlingBurstLimit")
            if rate is not None or burst is not None:
                limit = Limit(float(rate or 0), int(burst or 0))
                if not self._meters.take((received.api_id, stage.name, scope), limit, received.now):
                    raise _Failed(429, "Too Many Requests")
                return

    def _process(self, received: ApiRequest, route: Route, signer: Signer, context: dict[str, Any]) -> HttpResponse:
        values = Values(received.request, received.path, received.match.parameters, received.stage_variables, context)
        if len(received.request.body) > API_LIMIT:
            raise _Failed(413, "Request Entity Too Large")
        authorized = _ANONYMOUS
        if route.authorization != "NONE":
            authorized = self._authorize(received, route, values, signer)
        context["authorizer"] = _in_context(authorized)
        integration = route.integration
        if integration is None:
            raise _internal("the route has no integration")
        if integration.request_parameters:
            changed, path = mapping.change_request(integration.request_parameters, values)
            received = replace(received, request=changed, path=path)
        made = self._invoke(received, authorized, integration, values)
        # The status that the function returned, and the one that Lambda returned for the invocation.
        context["integration"] = {"status": str(made.status), "integrationStatus": "200"}
        context["integrationStatus"] = "200"
        if integration.response_parameters:
            made = mapping.change_response(integration.response_parameters, replace(values, response=made))
        return made

    def _authorize(self, received: ApiRequest, route: Route, values: Values, signer: Signer) -> Authorized:
        try:
            return self._authorization.check(route, received, values, signer)
        except Unauthorized as denied:
            status, message = (403, "Forbidden") if isinstance(denied, Forbidden) else (401, "Unauthorized")
            challenge = (("www-authenticate", denied.challenge),) if denied.challenge else ()
            raise _Failed(status, message, "", *challenge) from None
        except AuthorizerFailed as problem:
            raise _internal(str(problem)) from None

    def _invoke(
        self, received: ApiRequest, authorized: Authorized, integration: Integration, values: Values
    ) -> HttpResponse:
        function = integration.function or function_arn(fill(integration.uri, values))
        payload = document(event(received, authorized, integration.payload_format))
        if len(payload) > REQUEST_LIMIT:
            raise _Failed(413, "Request Entity Too Large")
        try:
            attempt = invoke(
                self.lab,
                function,
                payload,
                source_arn=received.route_arn,
                account=received.account,
                role=integration.credentials,
                timeout_s=integration.timeout_s,
            )
        except NotAllowed:
            raise _internal(
                "The IAM role configured on the integration or API Gateway doesn't have permissions to call the "
                "integration. Check the permissions and try again."
            ) from None
        except NoSuchFunction:
            raise _internal(f"The Lambda function {function} does not exist") from None
        except TooLate:
            why = f"The integration did not answer within {integration.timeout_s:g} s"
            raise _Failed(503, "Service Unavailable", why) from None
        if attempt.status != 200 or attempt.payload is None:
            raise _internal(f"Lambda refused the invocation: {attempt.error_type or attempt.status}")
        if attempt.failed:
            raise _internal(f"The Lambda function returned the following error: {attempt.error_type}. Check your code")
        try:
            return response(attempt.payload) if integration.payload_format == "2.0" else proxy_response(attempt.payload)
        except MalformedResponse as problem:
            raise _internal(
                f"The response from the Lambda function doesn't match the format that API Gateway expects: {problem}"
            ) from None


def _in_context(authorized: Authorized) -> dict[str, Any]:
    """Under `$context.authorizer`."""
    if authorized.claims is not None:
        return {"claims": dict(authorized.claims)}
    if authorized.context is not None:
        return {**authorized.context, "principalId": authorized.principal_id}
    return {}
