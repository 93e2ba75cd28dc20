"""Operations that moto does not know: deployments, `UpdateStage`, `GetAuthorizers`, `ResetAuthorizersCache`.

`backend.py` adds them to moto.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from lambdalab.services.apigateway.errors import bad_request

if TYPE_CHECKING:
    from .authorization import Authorization
    from .control_plane import ControlPlane
    from .state import Answer, Call, Document


def create_deployment(plane: ControlPlane, call: Call) -> Answer:
    """CreateDeployment."""
    api = call.api
    stage = api.get_stage(call.body["stageName"]) if call.body.get("stageName") else None
    if not api.routes:
        raise bad_request("At least one route is required before deploying the Api.")
    if stage is not None and stage.auto_deploy:
        raise bad_request("Deployment ID cannot be updated for a stage with autoDeploy enabled")
    made = plane.deployments.deploy(api, description=call.body.get("description"))
    if stage is not None:
        plane.deployments.use(stage, made)
    return _json(made.to_json(), 201)


def get_deployment(plane: ControlPlane, call: Call) -> Answer:
    """GetDeployment."""
    return _json(plane.deployments.get(call.api, call.name).to_json())


def get_deployments(plane: ControlPlane, call: Call) -> Answer:
    """GetDeployments."""
    return _json({"items": [each.to_json() for each in plane.deployments.of_api(call.api).values()]})


def update_deployment(plane: ControlPlane, call: Call) -> Answer:
    """UpdateDeployment changes its description."""
    found = plane.deployments.get(call.api, call.name)
    changed = replace(found, description=call.body.get("description", found.description))
    plane.deployments.replace(call.api, changed)
    return _json(changed.to_json())


def delete_deployment(plane: ControlPlane, call: Call) -> Answer:
    """DeleteDeployment, unless a stage uses it."""
    found = plane.deployments.get(call.api, call.name)
    if any(plane.deployments.of_stage(stage).deployment is found for stage in call.api.stages.values()):
        raise bad_request("Active stages pointing to this deployment must be moved or deleted")
    del plane.deployments.of_api(call.api)[found.id]
    return 204, {"status": "204"}, ""


def update_stage(plane: ControlPlane, call: Call) -> Answer:
    """UpdateStage."""
    api, given = call.api, call.body
    stage = api.get_stage(call.name)
    auto = given.get("autoDeploy", stage.auto_deploy)
    plane.check_stage(api, {**given, "autoDeploy": auto})
    stage.auto_deploy = auto
    stage.description = given.get("description", stage.description)
    stage.access_log_settings = given.get("accessLogSettings", stage.access_log_settings)
    stage.default_route_settings = given.get("defaultRouteSettings", stage.default_route_settings)
    stage.route_settings = {**stage.route_settings, **(given.get("routeSettings") or {})}
    if "stageVariables" in given:
        # An empty value removes the variable.
        variables = {**stage.stage_variables, **given["stageVariables"]}
        stage.stage_variables = {name: value for name, value in variables.items() if value}
    if given.get("deploymentId"):
        plane.deployments.use(stage, plane.deployments.get(api, given["deploymentId"]))
    if given.get("autoDeploy"):
        plane.deployments.api_changed(api)
    return _json(stage.to_json())


def get_authorizers(call: Call) -> Answer:
    """GetAuthorizers."""
    return _json({"items": [each.to_json() for each in call.api.authorizers.values()]})


def reset_authorizers_cache(authorization: Authorization, call: Call) -> Answer:
    """ResetAuthorizersCache."""
    call.api.get_stage(call.name)
    authorization.reset_cache(call.api.api_id, call.name)
    return 204, {"status": "204"}, ""


def _json(document: Document, status: int = 200) -> Answer:
    return status, {"status": str(status)}, json.dumps(document)
