"""Function URLs as Lambda's API knows them: one for $LATEST and one for each alias.

moto keeps one configuration for each function, and knows no qualifier. Here the configurations hang on moto's function,
so that they go with it. How a request to a URL is answered: `requests.py`.

A function URL's id is random (32 characters, 165 bits): on AWS it is derived from the account and the function.
"""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lambdalab.moto_patches import AddedOperation, Change
from lambdalab.services.lambda_.api.errors import error
from lambdalab.services.lambda_.api.operation import latest_of, replaced, respond
from lambdalab.services.lambda_.api.paging import page
from lambdalab.services.lambda_.backend import parameter
from lambdalab.services.lambda_.versions.versions import aliases_of, not_found

if TYPE_CHECKING:
    from lambdalab.services.lambda_.api.operation import Answer
    from lambdalab.services.parts import LabParts

_ID_LETTERS = string.ascii_lowercase + string.digits
_ID_LENGTH = 32


@dataclass
class UrlConfig:
    """The URL of one function, or of one of its aliases."""

    function_name: str
    function_arn: str
    region: str
    qualifier: str | None
    auth_type: str
    invoke_mode: str = "BUFFERED"
    cors: dict[str, Any] = field(default_factory=dict)
    id: str = field(default_factory=lambda: "".join(secrets.choice(_ID_LETTERS) for _ in range(_ID_LENGTH)))
    created: str = field(default_factory=lambda: _now())
    modified: str = field(default_factory=lambda: _now())

    @property
    def domain(self) -> str:
        """As on AWS."""
        return f"{self.id}.lambda-url.{self.region}.on.aws"

    @property
    def target_arn(self) -> str:
        """What a policy must name to let requests in."""
        return f"{self.function_arn}:{self.qualifier}" if self.qualifier else self.function_arn

    def document(self) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "FunctionUrl": f"https://{self.domain}/",
            "FunctionArn": self.target_arn,
            "AuthType": self.auth_type,
            **({"Cors": self.cors} if self.cors else {}),
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
            "InvokeMode": self.invoke_mode,
        }


def patches(lab: LabParts) -> tuple[Change, ...]:
    """The operations on function URLs."""
    return (
        replaced("create_function_url_config", _create, "moto knows no qualifier, and answers other values than AWS"),
        replaced("get_function_url_config", _get, "moto answers 201"),
        replaced("update_function_url_config", _update, "moto ignores InvokeMode"),
        replaced("delete_function_url_config", _delete, "moto deletes what is not there"),
        AddedOperation("ListFunctionUrlConfigs", _list),
    )


def _create(response: Any) -> Answer:
    function, qualifier, given = latest_of(response), parameter(response, "Qualifier"), response.json_body
    if qualifier and qualifier not in aliases_of(response.backend, function.function_name):
        raise not_found(response.backend, function.function_name, qualifier)
    configs = configs_of(function)
    if qualifier in configs:
        raise error(
            "ResourceConflictException",
            f"Failed to create function url config for [functionArn = {configs[qualifier].target_arn}]. "
            "Error message:  FunctionUrlConfig exists for this Lambda function",
            status=409,
        )
    config = configs[qualifier] = UrlConfig(
        function_name=function.function_name,
        function_arn=function.function_arn,
        region=function.region,
        qualifier=qualifier,
        auth_type=given["AuthType"],
        invoke_mode=given.get("InvokeMode") or "BUFFERED",
        cors=given.get("Cors") or {},
    )
    return respond(config.document(), 201)


def _get(response: Any) -> Answer:
    return respond(_config(response).document())


def _update(response: Any) -> Answer:
    config, given = _config(response), response.json_body
    config.auth_type = given.get("AuthType") or config.auth_type
    config.invoke_mode = given.get("InvokeMode") or config.invoke_mode
    config.cors = given.get("Cors", config.cors)
    config.modified = _now()
    return respond(config.document())


def _delete(response: Any) -> Answer:
    config = _config(response)
    del configs_of(latest_of(response))[config.qualifier]
    return respond(None, 204)


def _list(response: Any) -> Answer:
    configs = [config.document() for config in configs_of(latest_of(response)).values()]
    return respond(page(response, "FunctionUrlConfigs", configs))


def _config(response: Any) -> UrlConfig:
    config = configs_of(latest_of(response)).get(parameter(response, "Qualifier"))
    if config is None:
        raise error("ResourceNotFoundException", "The resource you requested does not exist.", status=404)
    return config


def configs_of(function: Any) -> dict[str | None, UrlConfig]:
    """The configurations of a function; None stands for $LATEST."""
    configs: dict[str | None, UrlConfig] = vars(function).setdefault("_lab_urls", {})
    return configs


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
