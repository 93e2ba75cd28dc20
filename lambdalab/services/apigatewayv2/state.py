"""HTTP APIs as moto stores them: the attributes and methods that this room uses.

Each of these protocols is one of moto's classes; `backend.misfits()` looks for everything that they name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

Document = dict[str, Any]
"""A JSON object of AWS's API."""
Answer = tuple[int, dict[str, str], str]
"""Status, headers and body of a response."""


class Route(Protocol):
    """A route."""

    route_id: str
    route_key: str
    target: str | None
    authorization_type: str | None
    authorizer_id: str | None
    authorization_scopes: list[str] | None
    to_json: Callable[[], Document]


class Integration(Protocol):
    """An integration."""

    id: str
    connection_type: str | None
    integration_type: str
    integration_uri: str
    credentials_arn: str | None
    payload_format_version: str | None
    timeout_in_millis: int | None
    request_parameters: dict[str, str] | None
    response_parameters: dict[str, dict[str, str]] | None
    to_json: Callable[[], Document]


class Authorizer(Protocol):
    """An authorizer."""

    id: str
    name: str
    authorizer_type: str
    authorizer_uri: str | None
    auth_creds_arn: str | None
    auth_payload_format_version: str | None
    auth_result_ttl: int | str | None
    enable_simple_response: bool | None
    identity_source: list[str] | None
    jwt_config: Document | None
    to_json: Callable[[], Document]


class Stage(Protocol):
    """A stage."""

    name: str
    description: str | None
    auto_deploy: bool | None
    access_log_settings: Document | None
    default_route_settings: Document | None
    route_settings: dict[str, Document]
    stage_variables: dict[str, str]
    to_json: Callable[[], Document]


class Api(Protocol):
    """One API."""

    backend: Backend
    api_id: str
    arn: str
    api_endpoint: str
    protocol_type: str
    cors_configuration: Document | None
    disable_execute_api_endpoint: bool
    routes: dict[str, Route]
    integrations: dict[str, Integration]
    authorizers: dict[str, Authorizer]
    stages: dict[str, Stage]
    create_route: Callable[..., Route]
    get_route: Callable[[str], Route]
    create_integration: Callable[..., Integration]
    get_integration: Callable[[str], Integration]
    get_authorizer: Callable[[str], Authorizer]
    create_stage: Callable[[Document], Stage]
    get_stage: Callable[[str], Stage]


class Backend(Protocol):
    """All of an account's HTTP and WebSocket APIs in a Region."""

    apis: dict[str, Api]
    get_api: Callable[[str], Api]
    get_tags: Callable[[str], dict[str, str]]
    tag_resource: Callable[[str, dict[str, str]], None]
    untag_resource: Callable[[str, list[str]], None]


@dataclass(frozen=True)
class Call:
    """A call of the control plane about an API."""

    api: Api
    name: str = ""
    """What of the API the path names: NAME in /v2/apis/ID/stages/NAME."""
    body: Document = field(default_factory=dict)
    """A check may complete it before moto reads it."""
