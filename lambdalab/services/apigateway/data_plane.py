"""The address of a REST API, and what is behind it: functions, callers, keys.

A page of another origin may send a request if the API's answer to a preflight request for the same path names that
origin: the API itself is asked. With a mock integration, as CORS is set up for REST APIs, no code runs for that; a
function behind OPTIONS is asked, and what it said counts for five seconds, as it does in a browser. An API that answers
no OPTIONS lets no other origin in, whatever its functions say in their own answers: they would have run by then.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from lambdalab.authorization import condition_keys as context
from lambdalab.authorization.access import Access
from lambdalab.authorization.principals import reader, signer_of
from lambdalab.delivery.integration_timeout import TooLate
from lambdalab.delivery.invocation import NoSuchFunction
from lambdalab.delivery.records import Attempt
from lambdalab.delivery.service_invocation import NotAllowed
from lambdalab.endpoint.access import Refusal
from lambdalab.policies import Policies, Request, evaluate
from lambdalab.services.lambda_.invoke.payload import REQUEST_LIMIT

from . import stage_logs as logs
from .deployments import kept, limit_of, limits_by_method, stage_of
from .gateway import gateway_responses as refusals
from .gateway import policies
from .gateway import request_flow as gateway
from .gateway.authorizers import Cache
from .gateway.gateway_responses import Refused
from .gateway.request import Received
from .gateway.request_flow import NotInvoked, TimedOut, TooLarge
from .gateway.usage import ApiKey, Meters, Plan, Quota
from .invocation import SERVICE, check_role, is_quick

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lambdalab.endpoint.public_endpoints import Begin, Signer
    from lambdalab.http_payload import Caller, HttpRequest, HttpResponse
    from lambdalab.services.parts import LabParts

    from .deployments import Deployed

_PREFLIGHT_S = 5.0
_WRONG_SIGNATURES = {
    "InvalidSignatureException": refusals.INVALID_SIGNATURE,
    "MissingAuthenticationTokenException": refusals.MISSING_TOKEN,
}


class RestApis:
    """All REST APIs, for the front door (`lambdalab.endpoint.public_endpoints.Provider`)."""

    def __init__(self, lab: LabParts) -> None:
        self._lab = lab

    def ids(self) -> Iterable[str]:
        """Of all REST APIs there are now."""
        return [api.id for _, api in self._all()]

    def endpoint(self, api_id: str) -> RestApi:
        """The API with one of these ids."""
        backend, api = next(each for each in self._all() if each[1].id == api_id)
        return RestApi(self._lab, backend, api)

    def _all(self) -> Iterator[tuple[Any, Any]]:
        from moto.apigateway.models import apigateway_backends

        for account in list(apigateway_backends):
            for backend in list(apigateway_backends[account].values()):
                for api in list(backend.apis.values()):
                    yield backend, api


@dataclass(frozen=True)
class RestApi:
    """One of them (`lambdalab.endpoint.public_endpoints.Endpoint`)."""

    lab: LabParts
    backend: Any
    api: Any

    def allows_origin(self, origin: str, request: HttpRequest) -> bool:
        """Ask the API, as a browser does before a request that is not simple."""
        if request.method == "OPTIONS" and "access-control-request-method" in request.headers:
            return True  # that is the question itself
        allowed = self._preflight(origin, request)
        return allowed is not None and allowed.strip() in ("*", origin)

    def answer(self, request: HttpRequest, signer: Signer, begin: Begin | None) -> HttpResponse | None:
        """What the client gets. Nothing is sent early: the lab's REST APIs do not stream."""
        found = self._received(request)
        if found is None:
            return refusals.no_such_stage()
        received, deployed = found
        made = gateway.answer(received, deployed.routes, Behind(self, signer, request, received.stage.name))
        if stage := self.api.stages.get(received.stage.name):
            logs.write(stage, received, made, self.lab.clock)
        return made

    def _received(self, request: HttpRequest) -> tuple[Received, Deployed] | None:
        """The request as the stage gets it, if there is such a stage."""
        first, _, rest = request.path.lstrip("/").partition("/")
        stage = self.api.stages.get(unquote(first))
        deployment = self.api.deployments.get(stage.deployment_id) if stage else None
        deployed = kept(deployment) if deployment else None
        if deployed is None or self.api.disableExecuteApiEndpoint:
            return None
        shown = stage_of(self.api, stage.name, stage.deployment_id, deployed, stage)
        return Received(request, shown, "/" + rest.lstrip("/"), self.lab.clock.time()), deployed

    def _preflight(self, origin: str, request: HttpRequest) -> str | None:
        """Which origin the API's answer to a preflight request names."""
        headers = {"origin": origin, "access-control-request-method": request.method}
        lines = (("Origin", origin), ("Access-Control-Request-Method", request.method))
        asked = replace(request, method="OPTIONS", query="", headers=headers, lines=lines, body=b"")
        found = self._received(asked)
        if found is None or not gateway.has_options(found[0], found[1].routes):
            return None
        remembered: dict[object, tuple[float, str | None]] = vars(self.api).setdefault("_lab_preflights", {})
        key = (request.path, request.method, origin, found[0].stage.deployment_id)
        until, said = remembered.get(key, (0.0, None))
        if until <= time.monotonic():
            made = gateway.answer(found[0], found[1].routes, Behind(self, _nobody, asked, found[0].stage.name))
            said = gateway.allowed_origin(made)
            if len(remembered) > 1000:
                remembered.clear()
            remembered[key] = time.monotonic() + _PREFLIGHT_S, said
        return said


def _nobody() -> None:
    return None


class Behind:
    """What a request to an API can reach (`lambdalab.services.apigateway.gateway.request_flow.Behind`)."""

    def __init__(self, place: RestApi, signer: Signer, request: HttpRequest, stage: str) -> None:
        self._place = place
        self._signer = signer
        self._request = request
        self._stage = stage
        self._lab = place.lab

    @property
    def meters(self) -> Meters:
        """Kept with moto's backend: plans are about several APIs."""
        made: Meters = vars(self._place.backend).setdefault("_lab_meters", Meters())
        return made

    @property
    def verdicts(self) -> Cache:
        """Kept with the API."""
        return verdicts(self._place.api)

    def caller(self) -> Caller | None:
        """Who signed the request. Raises Refused for a signature that is wrong."""
        authorization = self._request.headers.get("authorization", "")
        try:
            found = self._signer()
        except Refusal as refusal:
            kind = _WRONG_SIGNATURES.get(refusal.code, refusals.INVALID_SIGNATURE)
            raise Refused(kind, refusal.message, error_type=refusal.code) from None
        if found and authorization and "/execute-api/aws4_request" not in authorization:
            message = "Credential should be scoped to correct service: 'execute-api'. "
            raise Refused(refusals.INVALID_SIGNATURE, message)
        return found

    def check_caller(self, received: Received) -> None:
        """Whether policies let the signer in, or the API's own. Raises Refused."""
        caller, stage = received.caller, received.stage
        assert caller is not None
        signer = signer_of(caller.access_key) or reader(caller.arn)
        question = Access(policies.ACTION, received.arn)
        own = {**context.of_service(stage.region, now=received.now), **policies.context(received), **signer.context}
        decision = evaluate(
            Request(signer.principal, question.action, question.resource, own, account=stage.account),
            Policies(signer.identity, signer.boundary, signer.session, stage.definition.policy),
        )
        if not decision:
            raise policies.denied(received, signer.principal.arn, decision)
        if signer.principal.role:
            self._lab.enforcement.access_report.record(signer.principal.arn, question)

    def key(self, value: str) -> ApiKey | None:
        """The API key with this value, if it is enabled and a usage plan makes it good for the stage."""
        backend, api = self._place.backend, self._place.api
        key = next((each for each in list(backend.keys.values()) if each.value == value and _on(each.enabled)), None)
        if key is None:
            return None
        for plan in list(backend.usage_plans.values()):
            for each in plan.api_stages or ():
                about = (each.get("apiId"), each.get("stage")) == (api.id, self._stage)
                if about and key.id in backend.usage_plan_keys.get(plan.id, {}):
                    return ApiKey(key.id, key.value, plan_of(plan, each))
        return None

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
        """Run a function, or put the event into its queue. NotInvoked, TimedOut, TooLarge."""
        if len(payload) > REQUEST_LIMIT:
            raise TooLarge(f"Lambda takes {REQUEST_LIMIT} bytes")
        delivery, account = self._lab.delivery, self._place.api.account_id

        def run() -> Attempt:
            if credentials:
                check_role(self._lab, credentials, function_arn, source_arn)
            elif not delivery.allowed(SERVICE, function_arn, source_arn=source_arn, account=account):
                raise NotAllowed(f"the policy of {function_arn} does not let {SERVICE} in for {source_arn}")
            if wait:
                return delivery.run(function_arn, payload)
            delivery.accept(function_arn, payload, trace=trace_id)
            return Attempt(202, b"")

        try:
            if function_arn.split(":")[2:3] != ["lambda"]:
                raise NoSuchFunction(function_arn)
            if not wait or is_quick(function_arn, timeout_ms / 1000):
                return run()
            return self._lab.integration_timeout.within(timeout_ms / 1000, run)
        except NotAllowed as problem:
            raise NotInvoked(f"Invalid permissions on Lambda function: {problem}") from problem
        except NoSuchFunction as problem:
            raise NotInvoked(f"there is no function {function_arn}") from problem
        except TooLate as problem:
            raise TimedOut from problem


def verdicts(api: Any) -> Cache:
    """What an API's authorizers said."""
    made: Cache = vars(api).setdefault("_lab_verdicts", Cache())
    return made


def plan_of(plan: Any, about: dict[str, Any]) -> Plan:
    """A usage plan, as far as it is about one stage."""
    quota = plan.quota or {}
    return Plan(
        plan.id,
        limit_of(plan.throttle or {}),
        Quota(int(quota["limit"]), str(quota.get("period", "DAY")), int(quota.get("offset") or 0))
        if "limit" in quota
        else None,
        limits_by_method(about.get("throttle") or {}, "rateLimit", "burstLimit"),
    )


def _on(value: Any) -> bool:
    return value is True or str(value).lower() == "true"
