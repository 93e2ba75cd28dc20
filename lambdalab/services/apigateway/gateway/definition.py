"""A deployment of a REST API: everything that decides about a request, as it was when the deployment was made.

On AWS a change to a resource, a method, an authorizer or a gateway response takes effect with the next deployment; the
settings of a stage (variables, throttling) take effect at once.
https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambdalab.policies import Policy

DEFAULT_TIMEOUT_MS = 29000
ANY = "ANY"


@dataclass(frozen=True)
class IntegrationResponse:
    """How the output of an integration becomes a response, if it matches the pattern."""

    status: str
    pattern: str | None = None
    templates: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    content_handling: str | None = None


@dataclass(frozen=True)
class Integration:
    """What a method calls."""

    kind: str
    """AWS_PROXY, AWS or MOCK; the lab does not run HTTP and HTTP_PROXY."""
    uri: str = ""
    http_method: str = ""
    templates: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    passthrough: str = "WHEN_NO_MATCH"
    credentials: str = ""
    timeout_ms: int = DEFAULT_TIMEOUT_MS
    content_handling: str | None = None
    responses: tuple[IntegrationResponse, ...] = ()


@dataclass(frozen=True)
class Method:
    """A method of a resource."""

    http_method: str
    authorization: str = "NONE"
    authorizer_id: str = ""
    api_key_required: bool = False
    validates_body: bool = False
    validates_parameters: bool = False
    parameters: Mapping[str, bool] = field(default_factory=dict)
    """method.request.header.x: whether it is required."""
    models: Mapping[str, str] = field(default_factory=dict)
    """The model that validates a body, by content type."""
    integration: Integration | None = None
    responses: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By status: the headers that integration responses may set, in lower case."""


@dataclass(frozen=True)
class Resource:
    """A path and its methods."""

    id: str
    path: str
    methods: Mapping[str, Method] = field(default_factory=dict)

    def method(self, http_method: str) -> Method | None:
        """The method itself, or ANY."""
        return self.methods.get(http_method) or self.methods.get(ANY)


@dataclass(frozen=True)
class Authorizer:
    """A Lambda authorizer."""

    id: str
    kind: str
    """TOKEN or REQUEST."""
    uri: str
    credentials: str = ""
    identity_sources: tuple[str, ...] = ()
    validation: str = ""
    """A regular expression that a token must match."""
    ttl_s: int = 300


@dataclass(frozen=True)
class GatewayResponse:
    """A gateway response that the owner has customized."""

    status: int | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    templates: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Definition:
    """A deployment."""

    resources: tuple[Resource, ...] = ()
    authorizers: Mapping[str, Authorizer] = field(default_factory=dict)
    models: Mapping[str, Any] = field(default_factory=dict)
    """JSON Schemas by name; None for one that cannot be read."""
    gateway_responses: Mapping[str, GatewayResponse] = field(default_factory=dict)
    binary_media_types: tuple[str, ...] = ()
    policy: Policy | None = None
    api_key_source: str = "HEADER"


@dataclass(frozen=True)
class Limit:
    """Requests per second, and how many may come at once. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html"""

    rate: float
    burst: int


@dataclass(frozen=True)
class Stage:
    """A named reference to a deployment."""

    api_id: str
    account: str
    region: str
    name: str
    deployment_id: str
    definition: Definition
    variables: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, Limit] = field(default_factory=dict)
    """By method ("/pets/{id}/GET"); "*/*" is for all."""

    def limit(self, resource_path: str, http_method: str) -> Limit | None:
        """The limit of a method."""
        return self.limits.get(f"{resource_path}/{http_method}") or self.limits.get("*/*")

    def arn(self, http_method: str, path: str) -> str:
        """The ARN of a request or a method, as policies name it; `path` has no leading slash."""
        return f"arn:aws:execute-api:{self.region}:{self.account}:{self.api_id}/{self.name}/{http_method}/{path}"
