"""The door into moto: what it checks of moto, and that requests see changes to what is kept between them."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.lambdalab.services.apigateway.conftest import Api

ROOMS = ("apigateway", "apigatewayv2")


def misfits(room: str) -> list[str]:
    return list(importlib.import_module(f"lambdalab.services.{room}.backend").misfits())


@pytest.mark.parametrize("room", ROOMS)
def test_this_moto_has_everything_that_the_room_uses(room: str) -> None:
    assert misfits(room) == []


@pytest.mark.parametrize("room", ROOMS)
def test_every_missing_attribute_is_reported(room: str, monkeypatch: pytest.MonkeyPatch) -> None:
    models = importlib.import_module(f"moto.{room}.models")
    stage, authorizer = models.Stage.__init__, models.Authorizer.__init__

    def stage_without_settings(self: Any, *args: Any, **kwargs: Any) -> None:
        stage(self, *args, **kwargs)
        del self.access_log_settings

    def authorizer_without_id(self: Any, *args: Any, **kwargs: Any) -> None:
        authorizer(self, *args, **kwargs)
        del self.identity_source

    monkeypatch.setattr(models.Stage, "__init__", stage_without_settings)
    monkeypatch.setattr(models.Authorizer, "__init__", authorizer_without_id)
    assert sorted(misfits(room)) == [
        f"an object of moto.{room}.models.Authorizer has no identity_source",
        f"an object of moto.{room}.models.Stage has no access_log_settings",
    ]


@pytest.mark.parametrize("room", ROOMS)
def test_a_class_that_cannot_be_created_as_expected_is_reported(room: str, monkeypatch: pytest.MonkeyPatch) -> None:
    models = importlib.import_module(f"moto.{room}.models")
    monkeypatch.setattr(models.Stage, "__init__", lambda self: None)
    (sentence,) = misfits(room)
    assert sentence.startswith(f"moto's {room} makes no ")
    assert "TypeError" in sentence


def test_a_deleted_api_is_forgotten_and_another_one_found(api: Api, make_api: Any) -> None:
    other = make_api()
    for each in (api, other):
        each.mock("/")
        each.deploy()
        assert each.call("/").status == 200
    api.control.delete_rest_api(restApiId=api.id)
    assert api.call("/").status == 403
    assert other.call("/").status == 200


def test_the_settings_of_a_stage_take_effect_at_once(api: Api) -> None:
    api.control.put_method(**api.of("/", "GET"), authorizationType="NONE")
    template = {"application/json": '{"statusCode": 200}'}
    api.integrate("/", "GET", type="MOCK", requestTemplates=template)
    api.respond("/", "GET", "200", responseTemplates={"application/json": "$stageVariables.color"})
    api.deploy(variables={"color": "blue"})
    assert api.call("/").body == b"blue"
    patch = [{"op": "replace", "path": "/variables/color", "value": "green"}]
    api.control.update_stage(restApiId=api.id, stageName="prod", patchOperations=patch)
    assert api.call("/").body == b"green"
    limits = [
        {"op": "replace", "path": f"/*/*/throttling/{name}", "value": "0"} for name in ("rateLimit", "burstLimit")
    ]
    api.control.update_stage(restApiId=api.id, stageName="prod", patchOperations=limits)
    assert api.call("/").status == 429
