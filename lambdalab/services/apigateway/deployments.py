"""What clients see of an API: a deployment, made of what moto has stored of the API at that moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from lambdalab.runtime.json_text import parse

from .gateway.definition import (
    DEFAULT_TIMEOUT_MS,
    Authorizer,
    Definition,
    GatewayResponse,
    Integration,
    IntegrationResponse,
    Limit,
    Method,
    Resource,
    Stage,
)
from .gateway.policies import api_policy
from .gateway.routes import Routes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from . import state

DEFAULT_SOURCE = "method.request.header.Authorization"


@dataclass(frozen=True)
class Deployed:
    """A snapshot of an API, and which path leads to which of its resources."""

    definition: Definition
    routes: Routes


Deployments = WeakKeyDictionary[Any, Deployed]
"""The snapshot of each of moto's deployments."""


def deploy(api: state.RestApi) -> Deployed:
    """A snapshot of an API as it is now."""
    definition = _definition(api)
    return Deployed(definition, Routes(definition.resources))


def stage_of(
    api: state.RestApi,
    name: str,
    deployment_id: str,
    deployed: Deployed,
    settings: state.Stage | None = None,
    *,
    variables: Mapping[str, str] | None = None,
) -> Stage:
    """A stage with its current settings, or with other variables."""
    return Stage(
        api_id=api.id,
        account=api.account_id,
        region=api.region_name,
        name=name,
        deployment_id=deployment_id,
        definition=deployed.definition,
        variables=variables or {key: str(value) for key, value in ((settings and settings.variables) or {}).items()},
        limits=_limits((settings and settings.method_settings) or {}),
    )


def limit_of(settings: Mapping[str, Any], rate: str = "rateLimit", burst: str = "burstLimit") -> Limit | None:
    """A limit, from the settings of a stage or a plan; None if they have none."""
    if rate not in settings and burst not in settings:
        return None
    return Limit(float(settings.get(rate, 10_000.0)), int(settings.get(burst, 5_000)))


def limits_by_method(settings: Mapping[str, Mapping[str, Any]], rate: str, burst: str) -> dict[str, Limit]:
    """By "/pets/{id}/GET". The API takes a path as "~1pets", and without its first slash, too."""
    found = {}
    for key, each in settings.items():
        if limit := limit_of(each, rate, burst):
            name = key.replace("~1", "/")
            found[name if name == "*/*" or name.startswith("/") else f"/{name}"] = limit
    return found


def _limits(settings: Mapping[str, Mapping[str, Any]]) -> dict[str, Limit]:
    return limits_by_method(settings, "throttlingRateLimit", "throttlingBurstLimit")


def _definition(api: state.RestApi) -> Definition:
    arn = f"arn:aws:execute-api:{api.region_name}:{api.account_id}:{api.id}"
    return Definition(
        resources=tuple(_resource(api, each) for each in list(api.resources.values())),
        authorizers={each.id: _authorizer(each) for each in list(api.authorizers.values())},
        models={each.name: _schema(each.schema) for each in list(api.models.values())},
        gateway_responses={
            name: GatewayResponse(
                int(each.status_code) if each.status_code else None,
                dict(each.response_parameters or {}),
                dict(each.response_templates or {}),
            )
            for name, each in list(api.gateway_responses.items())
        },
        binary_media_types=tuple(api.binaryMediaTypes or ()),
        policy=api_policy(api.policy, arn),
        api_key_source=api.api_key_source or "HEADER",
    )


def _resource(api: state.RestApi, resource: state.Resource) -> Resource:
    methods = {name.upper(): _method(api, each) for name, each in list(resource.resource_methods.items())}
    return Resource(resource.id, resource.get_path(), methods)


def _method(api: state.RestApi, method: state.Method) -> Method:
    validator = api.request_validators.get(method.request_validator_id or "")
    return Method(
        http_method=method.http_method.upper(),
        authorization=(method.authorization_type or "NONE").upper(),
        authorizer_id=method.authorizer_id or "",
        api_key_required=_true(method.api_key_required),
        validates_body=validator is not None and _true(validator.validate_request_body),
        validates_parameters=validator is not None and _true(validator.validate_request_parameters),
        parameters={name: _true(required) for name, required in (method.request_parameters or {}).items()},
        models=dict(method.request_models or {}),
        integration=_integration(method.method_integration) if method.method_integration else None,
        responses={
            str(status): frozenset(
                name.removeprefix("method.response.header.").lower() for name in each.response_parameters or {}
            )
            for status, each in method.method_responses.items()
        },
    )


def _integration(integration: state.Integration) -> Integration:
    return Integration(
        kind=integration.integration_type,
        uri=integration.uri or "",
        http_method=integration.http_method or "",
        templates={kind: each or "" for kind, each in (integration.request_templates or {}).items()},
        parameters=dict(integration.request_parameters or {}),
        passthrough=integration.passthrough_behaviour or "WHEN_NO_MATCH",
        credentials=integration.credentials or "",
        timeout_ms=int(integration.timeout_in_millis or DEFAULT_TIMEOUT_MS),
        content_handling=integration.content_handling,
        responses=tuple(
            IntegrationResponse(
                str(status),
                each.selection_pattern or None,
                {kind: template for kind, template in (each.response_templates or {}).items() if template},
                dict(each.response_parameters or {}),
                each.content_handling,
            )
            for status, each in (integration.integration_responses or {}).items()
        ),
    )


def _authorizer(authorizer: state.Authorizer) -> Authorizer:
    sources = authorizer.identity_source
    if sources is None:
        sources = DEFAULT_SOURCE if authorizer.type == "TOKEN" else ""
    ttl = authorizer.authorizer_result_ttl
    return Authorizer(
        id=authorizer.id,
        kind=authorizer.type,
        uri=authorizer.authorizer_uri or "",
        credentials=authorizer.authorizer_credentials or "",
        identity_sources=tuple(each.strip() for each in sources.split(",") if each.strip()),
        validation=authorizer.identity_validation_expression or "",
        ttl_s=300 if ttl is None else int(ttl),
    )


def _schema(text: Any) -> Any:
    try:
        return parse(text) if isinstance(text, str) else text
    except ValueError:
        return None


def _true(value: Any) -> bool:
    return value is True or str(value).lower() == "true"
