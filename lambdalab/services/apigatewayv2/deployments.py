"""Deployments of an HTTP API: snapshots of its routes, integrations, authorizers and CORS. Clients see nothing else.

A stage uses one deployment. With AutoDeploy each change of the API makes a new one, and the stage moves to it. The
stage's own settings, such as its variables, take effect at once.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html
"""

from __future__ import annotations

import copy
import secrets
import string
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from lambdalab.services.apigateway.errors import not_found

from .gateway.expressions import function_arn
from .gateway.routes import RouteKey, Router, read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from . import state

_ID_CHARACTERS = string.ascii_lowercase + string.digits
_MOST = 200
"""Deployments that an API keeps. How many automatic ones AWS keeps is not documented."""
_LONGEST_MS = 30_000
"""The timeout of an integration. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""
_NO_ROUTES = "Unable to deploy API because no routes exist in this API"
_AUTOMATIC = "Automatic deployment triggered by changes to the Api configuration"


@dataclass(frozen=True)
class Integration:
    """The function that a route invokes, and how."""

    uri: str
    function: str | None
    """The function's ARN; None if the URI has stage variables."""
    payload_format: str
    credentials: str | None
    timeout_s: float
    request_parameters: Mapping[str, str]
    response_parameters: Mapping[str, Mapping[str, str]]

    @property
    def has_expressions(self) -> bool:
        """Whether it refers to values of a request."""
        return bool(self.function is None or self.request_parameters or self.response_parameters)


@dataclass(frozen=True)
class Authorizer:
    """A JWT authorizer or a Lambda authorizer (REQUEST)."""

    id: str
    identity_sources: tuple[str, ...]
    issuer: str
    audience: tuple[str, ...]
    uri: str
    credentials: str | None
    payload_format: str
    simple_responses: bool
    ttl_s: int


@dataclass(frozen=True)
class Route:
    """A route, with everything that it refers to."""

    key: RouteKey
    authorization: str
    """NONE, AWS_IAM, JWT, CUSTOM."""
    scopes: tuple[str, ...]
    authorizer: Authorizer | None
    integration: Integration | None
    reads_context: bool
    """Whether an expression of this route may refer to the variables of $context."""


@dataclass(frozen=True)
class Deployment:
    """An API as it was at one moment."""

    routes: Mapping[RouteKey, Route]
    router: Router
    cors: Mapping[str, Any] | None
    automatic: bool
    description: str | None = None
    id: str = field(default_factory=lambda: random_id(6))
    created: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")

    def to_json(self) -> state.Document:
        """The deployment in the API."""
        return {
            "autoDeployed": self.automatic,
            "createdDate": self.created,
            "deploymentId": self.id,
            "deploymentStatus": "DEPLOYED",
            **({"description": self.description} if self.description else {}),
        }


@dataclass
class StageDeployment:
    """Which deployment a stage uses, and what its last automatic deployment reported."""

    deployment: Deployment | None = None
    message: str | None = None


def random_id(length: int) -> str:
    """An id in the form of AWS's."""
    return "".join(secrets.choice(_ID_CHARACTERS) for _ in range(length))


class Deployments:
    """The deployments of all HTTP APIs."""

    def __init__(self) -> None:
        self.stages: WeakKeyDictionary[state.Stage, StageDeployment] = WeakKeyDictionary()
        """What each of moto's stages uses; a stage that is missing uses none."""
        self._of_api: WeakKeyDictionary[state.Api, dict[str, Deployment]] = WeakKeyDictionary()

    def of_api(self, api: state.Api) -> dict[str, Deployment]:
        """The deployments of an API, the oldest first."""
        return self._of_api.setdefault(api, {})

    def get(self, api: state.Api, deployment_id: str) -> Deployment:
        """A deployment of an API. Raises ApiError if it does not exist."""
        found = self.of_api(api).get(deployment_id)
        if found is None:
            raise not_found(f"Invalid Deployment identifier specified {deployment_id}")
        return found

    def of_stage(self, stage: state.Stage) -> StageDeployment:
        """What a stage uses."""
        return self.stages.setdefault(stage, StageDeployment())

    def deploy(self, api: state.Api, *, automatic: bool = False, description: str | None = None) -> Deployment:
        """Make a deployment of the API as it is now."""
        made = _snapshot(api, automatic=automatic, description=description)
        deployments = self.of_api(api)
        deployments[made.id] = made
        in_use = [self.of_stage(stage).deployment for stage in list(api.stages.values())]
        unused = [each for each in deployments.values() if each is not made and each not in in_use]
        for old in unused[: len(deployments) - _MOST]:
            del deployments[old.id]
        return made

    def replace(self, api: state.Api, changed: Deployment) -> None:
        """Put a changed deployment in the place of the one with the same id."""
        before = self.of_api(api)[changed.id]
        self.of_api(api)[changed.id] = changed
        for stage in list(api.stages.values()):
            its = self.of_stage(stage)
            if its.deployment is before:
                its.deployment = changed

    def use(self, stage: state.Stage, deployment: Deployment) -> None:
        """Move a stage to a deployment."""
        its = self.of_stage(stage)
        its.deployment = deployment
        if deployment.automatic:
            its.message = f"Successfully deployed stage with deployment ID '{deployment.id}'"

    def api_changed(self, api: state.Api) -> None:
        """Deploy the API to its stages with AutoDeploy."""
        stages = [stage for stage in list(api.stages.values()) if stage.auto_deploy]
        if not stages:
            return
        if not api.routes:
            for stage in stages:
                self.of_stage(stage).message = f"Deployment attempt failed: {_NO_ROUTES}"
            return
        made = self.deploy(api, automatic=True, description=_AUTOMATIC)
        for stage in stages:
            self.use(stage, made)


def _snapshot(api: state.Api, *, automatic: bool, description: str | None) -> Deployment:
    integrations = {f"integrations/{key}": _integration(each) for key, each in list(api.integrations.items())}
    authorizers = {key: _authorizer(each) for key, each in list(api.authorizers.items())}
    routes = {}
    for each in list(api.routes.values()):
        key, target = read(each.route_key), integrations.get(each.target or "")
        authorizer = authorizers.get(each.authorizer_id or "")
        routes[key] = Route(
            key,
            each.authorization_type or "NONE",
            tuple(each.authorization_scopes or ()),
            authorizer,
            target,
            reads_context=authorizer is not None or (target is not None and target.has_expressions),
        )
    cors = copy.deepcopy(api.cors_configuration) or None
    return Deployment(routes, Router(routes), cors, automatic, description)


def _integration(stored: state.Integration) -> Integration:
    uri = str(stored.integration_uri)
    return Integration(
        uri,
        None if "$" in uri else function_arn(uri),
        stored.payload_format_version or "1.0",
        stored.credentials_arn,
        (stored.timeout_in_millis or _LONGEST_MS) / 1000,
        dict(stored.request_parameters or {}),
        copy.deepcopy(stored.response_parameters or {}),
    )


def _authorizer(stored: state.Authorizer) -> Authorizer:
    config = stored.jwt_config or {}
    version = stored.auth_payload_format_version or "2.0"
    return Authorizer(
        stored.id,
        tuple(stored.identity_source or ()),
        str(config.get("issuer") or ""),
        tuple(config.get("audience") or ()),
        str(stored.authorizer_uri),
        stored.auth_creds_arn,
        version,
        version == "2.0" and bool(stored.enable_simple_response),
        int(stored.auth_result_ttl or 0),
    )
