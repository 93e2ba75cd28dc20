"""A request to an HTTP API, on its way: stage, preflight, route, authorizer, mapping, function, mapping, CORS.

What goes wrong is told in one word or two, as on AWS; why stands in the API's access log, if its stage has one:

    no stage, no route                                     404 {"message":"Not Found"}
    no token, no identity source; a token that is no good  401 {"message":"Unauthorized"}
    not allowed                                            403 {"message":"Forbidden"}
    the function may not be invoked, fails, is throttled,
    or answers in no form that API Gateway knows           500 {"message":"Internal Server Error"}
    the function takes longer than the integration waits   503 {"message":"Service Unavailable"}
    the request is too large                               413 {"message":"Request Entity Too Large"}
    the stage's or the route's settings throttle           429 {"message":"Too Many Requests"}

AWS does not document that 413's words, and not what a function that is throttled comes to.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html
"""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from lambdalab.delivery.event_json import document
from lambdalab.delivery.integration_timeout import TooLate
from lambdalab.delivery.invocation import NoSuchFunction
from lambdalab.delivery.service_invocation import NotAllowed
from lambdalab.endpoint.public_endpoints import API_LIMIT
from lambdalab.http_payload import HttpResponse, MalformedResponse, proxy_response, response
from lambdalab.services.apigateway.gateway.definition import Limit
from lambdalab.services.apigateway.gateway.usage import Meters
from lambdalab.services.apigateway.invocation import call
from lambdalab.services.lambda_.invoke.payload import REQUEST_LIMIT

from .access_log import AccessLog
from .authorization import AuthorizerFailed, Forbidden, Unauthorized, function_of
from .deployments import Deployment, Route, shown
from .gateway import cors, mapping
from .gateway.expressions import Values
from .gateway.routes import choose
from .payloads import Authorized, Received, event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lambdalab.endpoint.public_endpoints import Begin, Signer
    from lambdalab.http_payload import HttpRequest
    from lambdalab.services.parts import LabParts

    from .authorization import Authorization

DEFAULT_STAGE = "$default"
LONGEST_MS = 30_000
"""An integration waits. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""


class _Failed(Exception):
    """The API answers for itself."""

    def __init__(self, status: int, message: str, why: str = "", *headers: tuple[str, str]) -> None:
        super().__init__(why or message)
        self.answer = HttpResponse(
            status,
            (("content-type", "application/json"), *headers),
            json.dumps({"message": message}, separators=(",", ":")).encode(),
        )
        self.why = why


def _not_found() -> _Failed:
    return _Failed(404, "Not Found")


def _internal(why: str) -> _Failed:
    return _Failed(500, "Internal Server Error", why)


class HttpApis:
    """All HTTP APIs, for the front door (`lambdalab.endpoint.public_endpoints.Provider`)."""

    def __init__(self, lab: LabParts, authorization: Authorization) -> None:
        self._lab = lab
        self._authorization = authorization
        self._meters = Meters()

    def ids(self) -> Iterable[str]:
        """Of all HTTP APIs there are now."""
        return [api.api_id for _, _, api in self._all()]

    def endpoint(self, api_id: str) -> HttpApi:
        """The API with one of these ids."""
        account, region, api = next(each for each in self._all() if each[2].api_id == api_id)
        return HttpApi(self._lab, self._authorization, self._meters, account, region, api)

    def _all(self) -> Iterator[tuple[str, str, Any]]:
        from moto.apigatewayv2.models import apigatewayv2_backends

        for account in list(apigatewayv2_backends):
            for region, backend in list(apigatewayv2_backends[account].items()):
                for api in list(backend.apis.values()):
                    if api.protocol_type == "HTTP":
                        yield account, region, api


@dataclass(frozen=True)
class HttpApi:
    """One of them (`lambdalab.endpoint.public_endpoints.Endpoint`)."""

    lab: LabParts
    authorization: Authorization
    meters: Meters
    account: str
    region: str
    api: Any

    def allows_origin(self, origin: str, request: HttpRequest) -> bool:
        """By the API's CORS configuration. What a function says itself comes too late to be asked."""
        stage, _ = self._stage(request.path)
        deployment = shown(self.api, stage) if stage else None
        return cors.allows(deployment.cors if deployment else None, origin)

    def answer(self, request: HttpRequest, signer: Signer, begin: Begin | None) -> HttpResponse | None:
        """What the client gets. Nothing is sent early: HTTP APIs do not stream."""
        request_id = base64.b64encode(secrets.token_bytes(11)).decode()
        known = ("apigw-requestid", request_id)
        stage, path = self._stage(request.path)
        deployment = shown(self.api, stage) if stage else None
        if stage is None or deployment is None or self.api.disable_execute_api_endpoint:
            made = _not_found().answer
            return replace(made, headers=(*made.headers, known))
        log = AccessLog(stage, self.account, self.region, self.lab.clock)
        answer = cors.preflight(deployment.cors, request)
        if answer is None:
            answer = cors.with_headers(
                deployment.cors, request, self._answer(request, signer, stage, deployment, path, request_id, log)
            )
        return replace(answer, headers=(*answer.headers, known))

    def _stage(self, path: str) -> tuple[Any, str]:
        """The stage that a path names, or $default, and the path without it."""
        first, _, rest = path[1:].partition("/")
        named = self.api.stages.get(unquote(first))
        if named is not None and named.name != DEFAULT_STAGE:
            return named, f"/{rest}"
        return self.api.stages.get(DEFAULT_STAGE), path

    def _answer(
        self,
        request: HttpRequest,
        signer: Signer,
        stage: Any,
        deployment: Deployment,
        path: str,
        request_id: str,
        log: AccessLog,
    ) -> HttpResponse:
        match = choose([route.key for route in deployment.routes], request.method, path)
        if match is None:
            # "no route" writes no log of its own on AWS either
            return _not_found().answer
        route = next(each for each in deployment.routes if each.key == match.key)
        now = self.lab.clock.time()
        received = Received(
            request,
            unquote(path),
            match,
            self.account,
            self.region,
            self.api.api_id,
            stage.name,
            request_id,
            now,
            stage.stage_variables or {},
            request.headers.get("x-amzn-trace-id") or f"Root=1-{int(now):x}-{secrets.token_hex(12)}",
        )
        context = received.context()
        try:
            self._throttle(received, stage)
            answer = self._through(received, route, deployment, signer, context)
        except _Failed as failed:
            answer = failed.answer
            message = json.loads(answer.body)["message"]
            context["error"] = {"message": message, "messageString": json.dumps(message)}
            if failed.why:
                context["integrationErrorMessage"] = failed.why
                context["integration"] = {"error": failed.why}
        log.write(context, answer)
        return answer

    def _throttle(self, received: Received, stage: Any) -> None:
        """By the settings of the route, else by those of the stage: a token bucket, on the lab's clock."""
        key = received.match.key.text
        own = (stage.route_settings or {}).get(key) or {}
        for whose, settings in ((key, own), ("*", stage.default_route_settings or {})):
            rate, burst = settings.get("throttlingRateLimit"), settings.get("throttlingBurstLimit")
            if rate is not None or burst is not None:
                limit = Limit(float(rate or 0), int(burst or 0))
                if not self.meters.take((self.api.api_id, stage.name, whose), limit, received.now):
                    raise _Failed(429, "Too Many Requests")
                return

    def _through(
        self, received: Received, route: Route, deployment: Deployment, signer: Signer, context: dict[str, Any]
    ) -> HttpResponse:
        values = Values(received.request, received.path, received.match.parameters, received.stage_variables, context)
        if len(received.request.body) > API_LIMIT:
            raise _Failed(413, "Request Entity Too Large")
        authorized = self._authorize(received, route, deployment, values, signer)
        context["authorizer"] = _in_context(authorized)
        target = str(route.settings.get("target") or "").removeprefix("integrations/")
        integration = deployment.integrations.get(target)
        if integration is None:
            raise _internal("the route has no integration")
        if parameters := integration.get("requestParameters"):
            changed, path = mapping.change_request(parameters, values)
            received = replace(received, request=changed, path=path)
        version = integration.get("payloadFormatVersion") or "1.0"
        answer = self._invoke(received, authorized, integration, version, values)
        # What the function said, and what Lambda said of the invocation.
        context["integration"] = {"status": str(answer.status), "integrationStatus": "200"}
        context["integrationStatus"] = "200"
        if changes := integration.get("responseParameters"):
            answer = mapping.change_response(changes, replace(values, response=answer))
        return answer

    def _authorize(
        self, received: Received, route: Route, deployment: Deployment, values: Values, signer: Signer
    ) -> Authorized:
        authorizer = deployment.authorizers.get(str(route.settings.get("authorizerId")))
        try:
            return self.authorization.check(route.settings, authorizer, received, values, signer)
        except Unauthorized as refused:
            status, message = (403, "Forbidden") if isinstance(refused, Forbidden) else (401, "Unauthorized")
            challenge = (("www-authenticate", refused.challenge),) if refused.challenge else ()
            raise _Failed(status, message, "", *challenge) from None
        except AuthorizerFailed as problem:
            raise _internal(str(problem)) from None

    def _invoke(
        self,
        received: Received,
        authorized: Authorized,
        integration: dict[str, Any],
        version: str,
        values: Values,
    ) -> HttpResponse:
        function = function_of(str(integration.get("integrationUri")), values)
        payload = document(event(received, authorized, version))
        if len(payload) > REQUEST_LIMIT:
            raise _Failed(413, "Request Entity Too Large")
        wait_s = (integration.get("timeoutInMillis") or LONGEST_MS) / 1000
        try:
            said = call(
                self.lab,
                function,
                payload,
                source_arn=received.route_arn,
                account=received.account,
                role=integration.get("credentialsArn"),
                wait_s=wait_s,
            )
        except NotAllowed:
            raise _internal(
                "The IAM role configured on the integration or API Gateway doesn't have permissions to call the "
                "integration. Check the permissions and try again."
            ) from None
        except NoSuchFunction:
            raise _internal(f"The Lambda function {function} does not exist") from None
        except TooLate:
            raise _Failed(503, "Service Unavailable", f"The integration did not answer within {wait_s:g} s") from None
        if said.status != 200 or said.payload is None:
            raise _internal(f"Lambda refused the invocation: {said.error_type or said.status}")
        if said.failed:
            raise _internal(f"The Lambda function returned the following error: {said.error_type}. Check your code")
        try:
            return response(said.payload) if version == "2.0" else proxy_response(said.payload)
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
