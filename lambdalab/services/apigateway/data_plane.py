"""Requests to REST APIs: the API and the stage that a request names, and what API Gateway needs to answer it.

A page of another origin may send a request if the API's answer to a preflight request for the same path allows that
origin, so the API itself is asked. With a mock integration, the usual way to set up CORS for REST APIs, no code runs
for that. A function behind OPTIONS is invoked, and its answer is kept for five seconds, as in a browser. An API that
does not answer OPTIONS allows no other origin, whatever its functions put into their own responses: by then they would
have run.
"""

from __future__ import annotations

import copy
import threading
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

from . import stage_logs
from .deployments import Deployments, limit_of, limits_by_method, stage_of
from .gateway import gateway_responses as responses
from .gateway import policies
from .gateway import request_flow as flow
from .gateway.authorizers import AuthorizerCache
from .gateway.gateway_responses import GatewayError
from .gateway.request import ApiRequest
from .gateway.usage import ApiKey, Meters, Plan, Quota
from .invocation import invoke, invoke_asynchronously

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lambdalab.endpoint.public_endpoints import Begin, Signer
    from lambdalab.http_payload import Caller, HttpRequest, HttpResponse
    from lambdalab.services.parts import LabParts

    from . import state
    from .deployments import Deployed
    from .gateway.definition import Stage
    from .gateway.request import Entry

    StoredApis = Callable[[], Iterable[tuple[state.Backend, state.RestApi]]]

_PREFLIGHT_S = 5.0
_MOST_PREFLIGHTS = 1000
_WRONG_SIGNATURES = {
    "InvalidSignatureException": responses.INVALID_SIGNATURE,
    "MissingAuthenticationTokenException": responses.MISSING_TOKEN,
}


class RestApis:
    """All REST APIs (`lambdalab.endpoint.public_endpoints.Provider`)."""

    def __init__(self, lab: LabParts, stored: StoredApis) -> None:
        """`stored` gives all REST APIs in all accounts and Regions."""
        self.lab = lab
        self.meters = Meters()
        """Shared by all APIs: a usage plan may cover several."""
        self.deployments = Deployments()
        self._stored = stored
        self._known: dict[str, RestApi] = {}
        self._lock = threading.Lock()

    def ids(self) -> Iterable[str]:
        """The ids of all REST APIs that exist now."""
        return [api.id for _, api in self._stored()]

    def endpoint(self, api_id: str) -> RestApi:
        """The API with one of these ids."""
        with self._lock:
            known = self._known.get(api_id)
            if known is None or not known.exists:
                backend, stored = next(each for each in self._stored() if each[1].id == api_id)
                self._known = {key: each for key, each in self._known.items() if each.exists}
                known = self._known[api_id] = RestApi(self, backend, stored)
            return known


@dataclass(frozen=True)
class _ServedStage:
    """A stage as requests meet it, and the settings that it was made from: it is made again when they change."""

    deployment: state.Deployment
    variables: dict[str, Any]
    method_settings: dict[str, state.Document]
    stage: Stage
    deployed: Deployed
    writes_execution_log: bool

    def is_of(self, stored: state.Stage, deployment: state.Deployment) -> bool:
        return (
            deployment is self.deployment
            and stored.variables == self.variables
            and stored.method_settings == self.method_settings
        )


class RestApi:
    """One REST API (`lambdalab.endpoint.public_endpoints.Endpoint`)."""

    def __init__(self, apis: RestApis, backend: state.Backend, stored: state.RestApi) -> None:
        self.lab = apis.lab
        self.meters = apis.meters
        self.backend = backend
        self.stored = stored
        self.authorizer_cache = AuthorizerCache()
        self._deployments = apis.deployments
        self._stages: dict[str, _ServedStage] = {}
        self._preflights: dict[object, tuple[float, str | None]] = {}

    @property
    def exists(self) -> bool:
        """Whether it has not been deleted."""
        return self.backend.apis.get(self.stored.id) is self.stored

    def allows_origin(self, origin: str, request: HttpRequest) -> bool:
        """Ask the API, as a browser does before a request that is not simple."""
        if request.method == "OPTIONS" and "access-control-request-method" in request.headers:
            return True  # This is the preflight request itself.
        allowed = self._preflight(origin, request)
        return allowed is not None and allowed.strip() in ("*", origin)

    def answer(self, request: HttpRequest, signer: Signer, begin: Begin | None) -> HttpResponse | None:
        """The response. Nothing is sent early: the lab's REST APIs do not stream."""
        found = self._receive(request)
        if found is None:
            return responses.no_such_stage()
        received, deployed = found
        name = received.stage.name
        made = flow.answer(received, deployed.routes, RequestServices(self, signer, request, name))
        if received.journal is not None and (stage := self.stored.stages.get(name)):
            stage_logs.write(stage, received, made, self.lab.clock)
        return made

    def _receive(self, request: HttpRequest) -> tuple[ApiRequest, Deployed] | None:
        """The request as the stage receives it; None if there is no such stage."""
        first, _, rest = request.path.lstrip("/").partition("/")
        stored = self.stored.stages.get(unquote(first))
        if stored is None or self.stored.disableExecuteApiEndpoint:
            return None
        served = self._serve(stored)
        if served is None:
            return None
        journal: list[Entry] | None = [] if stored.access_log_settings or served.writes_execution_log else None
        path = "/" + rest.lstrip("/")
        return ApiRequest(request, served.stage, path, self.lab.clock.time(), journal=journal), served.deployed

    def _serve(self, stored: state.Stage) -> _ServedStage | None:
        """The stage with its deployment; None if that is not there."""
        deployment = self.stored.deployments.get(stored.deployment_id)
        if deployment is None:
            return None
        served = self._stages.get(stored.name)
        if served is None or not served.is_of(stored, deployment):
            deployed = self._deployments.get(deployment)
            if deployed is None:
                return None
            stage = stage_of(self.stored, stored.name, stored.deployment_id, deployed, stored)
            settings = copy.deepcopy(stored.method_settings)
            writes = stage_logs.writes_execution_log(stored)
            served = _ServedStage(deployment, dict(stored.variables), settings, stage, deployed, writes)
            self._stages[stored.name] = served
        return served

    def _preflight(self, origin: str, request: HttpRequest) -> str | None:
        """The origin that the API's answer to a preflight request names."""
        headers = {"origin": origin, "access-control-request-method": request.method}
        lines = (("Origin", origin), ("Access-Control-Request-Method", request.method))
        preflight = replace(request, method="OPTIONS", query="", headers=headers, lines=lines, body=b"")
        found = self._receive(preflight)
        if found is None or not flow.has_options(found[0], found[1].routes):
            return None
        received, deployed = found
        key = (request.path, request.method, origin, received.stage.deployment_id)
        until, allowed = self._preflights.get(key, (0.0, None))
        if until <= time.monotonic():
            services = RequestServices(self, _nobody, preflight, received.stage.name)
            allowed = flow.allowed_origin(flow.answer(received, deployed.routes, services))
            if len(self._preflights) > _MOST_PREFLIGHTS:
                self._preflights.clear()
            self._preflights[key] = time.monotonic() + _PREFLIGHT_S, allowed
        return allowed


def _nobody() -> None:
    return None


class RequestServices:
    """What API Gateway uses to answer one request (`lambdalab.services.apigateway.gateway.request_flow.Services`)."""

    def __init__(self, api: RestApi, signer: Signer, request: HttpRequest, stage: str) -> None:
        self.meters = api.meters
        self.authorizer_cache = api.authorizer_cache
        self._api = api
        self._signer = signer
        self._request = request
        self._stage = stage
        self._lab = api.lab

    def caller(self) -> Caller | None:
        """Who signed the request. Raises GatewayError for a wrong signature."""
        authorization = self._request.headers.get("authorization", "")
        try:
            found = self._signer()
        except Refusal as refusal:
            kind = _WRONG_SIGNATURES.get(refusal.code, responses.INVALID_SIGNATURE)
            raise GatewayError(kind, refusal.message, error_type=refusal.code) from None
        if found and authorization and "/execute-api/aws4_request" not in authorization:
            message = "Credential should be scoped to correct service: 'execute-api'. "
            raise GatewayError(responses.INVALID_SIGNATURE, message)
        return found

    def check_caller(self, received: ApiRequest) -> None:
        """Evaluate the signer's policies and the API's own. Raises GatewayError."""
        caller, stage = received.caller, received.stage
        assert caller is not None
        signer = signer_of(caller.access_key) or reader(caller.arn)
        required = Access(policies.ACTION, received.arn)
        own = {**context.of_service(stage.region, now=received.now), **policies.context(received), **signer.context}
        decision = evaluate(
            Request(signer.principal, required.action, required.resource, own, account=stage.account),
            Policies(signer.identity, signer.boundary, signer.session, stage.definition.policy),
        )
        if not decision:
            raise policies.denied(received, signer.principal.arn, decision)
        if signer.principal.role:
            self._lab.enforcement.access_report.record(signer.principal.arn, required)

    def key(self, value: str) -> ApiKey | None:
        """The enabled API key with this value, if a usage plan associates it with the stage."""
        backend, api = self._api.backend, self._api.stored
        key = next((each for each in list(backend.keys.values()) if each.value == value and _on(each.enabled)), None)
        if key is None:
            return None
        for plan in list(backend.usage_plans.values()):
            for each in plan.api_stages or ():
                matches = (each.get("apiId"), each.get("stage")) == (api.id, self._stage)
                if matches and key.id in backend.usage_plan_keys.get(plan.id, {}):
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
        """Invoke a function, or put the event into Lambda's queue. Raises NotInvoked, TimedOut, TooLarge."""
        if len(payload) > REQUEST_LIMIT:
            raise flow.TooLarge(f"Lambda takes {REQUEST_LIMIT} bytes")
        account = self._api.stored.account_id
        try:
            if wait:
                return invoke(
                    self._lab,
                    function_arn,
                    payload,
                    source_arn=source_arn,
                    account=account,
                    role=credentials,
                    timeout_s=timeout_ms / 1000,
                )
            invoke_asynchronously(
                self._lab,
                function_arn,
                payload,
                source_arn=source_arn,
                account=account,
                role=credentials,
                trace_id=trace_id,
            )
            return Attempt(202, b"")
        except NotAllowed as problem:
            raise flow.NotInvoked(f"Invalid permissions on Lambda function: {problem}") from problem
        except NoSuchFunction as problem:
            raise flow.NotInvoked(f"there is no function {function_arn}") from problem
        except TooLate as problem:
            raise flow.TimedOut from problem


def plan_of(plan: state.UsagePlan, settings: state.Document) -> Plan:
    """A usage plan, as it applies to one of its stages."""
    quota = plan.quota or {}
    return Plan(
        plan.id,
        limit_of(plan.throttle or {}),
        Quota(int(quota["limit"]), str(quota.get("period", "DAY")), int(quota.get("offset") or 0))
        if "limit" in quota
        else None,
        limits_by_method(settings.get("throttle") or {}, "rateLimit", "burstLimit"),
    )


def _on(value: Any) -> bool:
    return value is True or str(value).lower() == "true"
