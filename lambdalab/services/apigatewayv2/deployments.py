"""Deployments of an HTTP API: snapshots of its routes, integrations, authorizers and CORS. Clients see nothing else.

A stage shows one deployment. With AutoDeploy each change of the API makes a new one, and the stage moves to it. What
belongs to the stage itself (its variables) counts at once.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html
"""

from __future__ import annotations

import copy
import secrets
import string
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .gateway.routes import RouteKey, read

_LETTERS = string.ascii_lowercase + string.digits
_MOST = 200
"""Deployments that an API keeps. What AWS keeps of automatic ones is not documented."""
NO_ROUTES = "Unable to deploy API because no routes exist in this API"


@dataclass(frozen=True)
class Route:
    """One route, as it was."""

    key: RouteKey
    settings: dict[str, Any]


@dataclass(frozen=True)
class Deployment:
    """An API as it was at one moment. What is in it is as the API shows it."""

    routes: tuple[Route, ...]
    integrations: dict[str, dict[str, Any]]
    authorizers: dict[str, dict[str, Any]]
    cors: dict[str, Any] | None
    automatic: bool
    description: str | None = None
    id: str = field(default_factory=lambda: random_id(6))
    created: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")

    def document(self) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "autoDeployed": self.automatic,
            "createdDate": self.created,
            "deploymentId": self.id,
            "deploymentStatus": "DEPLOYED",
            **({"description": self.description} if self.description else {}),
        }


def random_id(length: int) -> str:
    """As AWS's ids look."""
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def of_api(api: Any) -> dict[str, Deployment]:
    """The deployments of an API, the oldest first."""
    found: dict[str, Deployment] = vars(api).setdefault("_lab_deployments", {})
    return found


def shown(api: Any, stage: Any) -> Deployment | None:
    """What a stage shows."""
    return of_api(api).get(vars(stage).get("deployment_id") or "")


def deploy(api: Any, *, automatic: bool = False, description: str | None = None) -> Deployment:
    """Make a deployment of the API as it is now."""
    made = Deployment(
        routes=tuple(
            Route(read(route.route_key), copy.deepcopy(route.to_json())) for route in list(api.routes.values())
        ),
        integrations={key: copy.deepcopy(each.to_json()) for key, each in list(api.integrations.items())},
        authorizers={key: copy.deepcopy(each.to_json()) for key, each in list(api.authorizers.items())},
        cors=copy.deepcopy(api.cors_configuration) or None,
        automatic=automatic,
        description=description,
    )
    deployments = of_api(api)
    deployments[made.id] = made
    in_use = {vars(stage).get("deployment_id") for stage in list(api.stages.values())}
    for old in [each for each in deployments if each not in in_use and each != made.id][: len(deployments) - _MOST]:
        del deployments[old]
    return made


def show(stage: Any, deployment: Deployment) -> None:
    """Let a stage show a deployment."""
    stage.deployment_id = deployment.id
    if deployment.automatic:
        stage.deployment_message = f"Successfully deployed stage with deployment ID '{deployment.id}'"


def changed(api: Any) -> None:
    """The API is not what it was: stages with AutoDeploy show it as it is now."""
    stages = [stage for stage in list(api.stages.values()) if stage.auto_deploy]
    if not stages:
        return
    if not api.routes:
        for stage in stages:
            stage.deployment_message = f"Deployment attempt failed: {NO_ROUTES}"
        return
    made = deploy(api, automatic=True, description="Automatic deployment triggered by changes to the Api configuration")
    for stage in stages:
        show(stage, made)
