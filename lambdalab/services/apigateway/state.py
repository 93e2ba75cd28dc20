"""REST APIs as moto stores them: the attributes and methods that this room uses.

Each of these protocols is one of moto's classes. `backend.misfits()` makes an object of that class and looks for
everything that the protocol names, so what is not named here cannot be relied on. What AWS allows to be null is None.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Document = dict[str, Any]
"""A JSON object of AWS's API."""
Answer = tuple[int, dict[str, str], str]
"""Status, headers and body of a response."""


class HasJson(Protocol):
    """Whatever the API shows."""

    to_json: Callable[[], Document]


class IntegrationResponse(HasJson, Protocol):
    """How an integration's answer becomes a response."""

    selection_pattern: str | None
    response_templates: dict[str, str | None] | None
    response_parameters: dict[str, str] | None
    content_handling: str | None


class Integration(HasJson, Protocol):
    """What a method calls."""

    integration_type: str
    uri: str | None
    http_method: str | None
    request_templates: dict[str, str] | None
    request_parameters: dict[str, str] | None
    passthrough_behaviour: str | None
    credentials: str | None
    timeout_in_millis: int | str | None
    cache_namespace: str | None
    content_handling: str | None
    integration_responses: dict[str, IntegrationResponse] | None

    get_integration_response: Callable[[str], IntegrationResponse]


class MethodResponse(HasJson, Protocol):
    """Which headers and models a response of a method may have."""

    response_parameters: dict[str, Any] | None
    response_models: dict[str, str] | None


class Method(HasJson, Protocol):
    """An HTTP method of a resource."""

    http_method: str
    authorization_type: str | None
    authorizer_id: str | None
    api_key_required: bool | str
    request_parameters: dict[str, Any] | None
    request_models: dict[str, str] | None
    request_validator_id: str | None
    operation_name: str | None
    method_integration: Integration | None
    method_responses: dict[str, MethodResponse]

    get_response: Callable[[str], MethodResponse | None]


class Resource(Protocol):
    """One part of a path, below its parent."""

    id: str
    parent_id: str | None
    path_part: str
    resource_methods: dict[str, Method]

    get_path: Callable[[], str]


class Authorizer(Protocol):
    """An authorizer."""

    id: str
    type: str
    authorizer_uri: str | None
    authorizer_credentials: str | None
    identity_source: str | None
    identity_validation_expression: str | None
    authorizer_result_ttl: int | str | None


class RequestValidator(Protocol):
    """What of a request is validated."""

    id: str
    validate_request_body: bool | str | None
    validate_request_parameters: bool | str | None


class Model(Protocol):
    """A JSON Schema."""

    name: str
    schema: Any


class GatewayResponse(HasJson, Protocol):
    """The response to a request that fails in API Gateway."""

    status_code: str | int | None
    response_parameters: dict[str, str] | None
    response_templates: dict[str, str] | None


class Deployment(HasJson, Protocol):
    """A deployment; what was deployed is in `deployments.py`."""

    id: str
    description: str | None


class Stage(Protocol):
    """A stage, with its settings as they are now."""

    name: str
    deployment_id: str
    variables: dict[str, Any]
    method_settings: dict[str, Document]
    access_log_settings: Document | None


class RestApi(Protocol):
    """One API."""

    id: str
    account_id: str
    region_name: str
    version: str
    policy: str | None
    api_key_source: str | None
    binaryMediaTypes: list[str]
    disableExecuteApiEndpoint: bool
    minimum_compression_size: int | None
    root_resource_id: str
    default: Any
    resources: dict[str, Resource]
    authorizers: dict[str, Authorizer]
    request_validators: dict[str, RequestValidator]
    models: dict[str, Model]
    gateway_responses: dict[str, GatewayResponse]
    deployments: dict[str, Deployment]
    stages: dict[str, Stage]

    to_dict: Callable[[], Document]
    add_child: Callable[..., Resource]


class ApiKey(Protocol):
    """An API key."""

    id: str
    value: str
    enabled: bool | str


class UsagePlan(Protocol):
    """A usage plan."""

    id: str
    api_stages: list[Document]
    throttle: Document
    quota: Document


class Account(Protocol):
    """The settings of API Gateway in an account and Region."""

    cloudwatch_role_arn: str | None


class Backend(Protocol):
    """All of an account's REST APIs in a Region."""

    account: Account
    apis: dict[str, RestApi]
    keys: dict[str, ApiKey]
    usage_plans: dict[str, UsagePlan]
    usage_plan_keys: dict[str, dict[str, Any]]

    create_rest_api: Callable[..., RestApi]
    get_rest_api: Callable[[str], RestApi]
    create_resource: Callable[..., Resource]
    get_resource: Callable[..., Resource]
    put_method: Callable[..., Method]
    get_method: Callable[..., Method]
    put_method_response: Callable[..., MethodResponse]
    put_integration: Callable[..., Integration]
    put_integration_response: Callable[..., IntegrationResponse]
    create_authorizer: Callable[..., Authorizer]
    get_authorizer: Callable[..., Authorizer]
    create_request_validator: Callable[..., RequestValidator]
    create_model: Callable[..., Model]
    put_gateway_response: Callable[..., GatewayResponse]
    get_gateway_response: Callable[..., GatewayResponse]
    get_stage: Callable[..., Stage]
    get_usage_plan: Callable[[str], UsagePlan]


@dataclass(frozen=True)
class Call:
    """A call of the control plane."""

    backend: Backend
    path: tuple[str, ...]
    """The path's parts: "restapis", ID, "resources", ID, …"""
    body: Document = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
