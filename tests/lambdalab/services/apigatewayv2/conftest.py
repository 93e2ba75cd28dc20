"""An HTTP API in each of the lab's two forms: behind the HTTP server, and in the page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.lambdalab.delivery.conftest import Account, account, running

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Account", "account", "running"]

ECHO = """
def handler(event, context):
    return event
"""
HERE = "us-east-1:123456789012"


@dataclass
class Api:
    """An API, and what calls it."""

    account: Account
    id: str
    endpoint: str
    integrations: dict[str, str] = field(default_factory=dict)

    @property
    def client(self) -> Any:
        return self.account.client("apigatewayv2")

    @property
    def arn(self) -> str:
        return f"arn:aws:execute-api:{HERE}:{self.id}"

    def allow(self, function: str, what: str = "*", **more: Any) -> None:
        """Let the API invoke a function: `what` is STAGE/METHOD/PATH."""
        self.account.client("lambda").add_permission(
            FunctionName=function,
            StatementId=f"{self.id}-{abs(hash(what))}",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"{self.arn}/{what}",
            **more,
        )

    def integrate(self, function: str = "hello", *, version: str = "2.0", **more: Any) -> str:
        """An integration of a function; its target."""
        made = self.client.create_integration(
            ApiId=self.id,
            IntegrationType="AWS_PROXY",
            **{"IntegrationUri": f"arn:aws:lambda:{HERE}:function:{function}", "PayloadFormatVersion": version} | more,
        )
        return f"integrations/{made['IntegrationId']}"

    def route(self, key: str, target: str | None = None, **more: Any) -> str:
        """A route to an integration; its id."""
        return str(
            self.client.create_route(ApiId=self.id, RouteKey=key, Target=target or self.integrate(), **more)["RouteId"]
        )

    def stage(self, name: str = "$default", **more: Any) -> None:
        self.client.create_stage(ApiId=self.id, StageName=name, **{"AutoDeploy": True} | more)

    def call(self, method: str = "GET", path: str = "/", **more: Any) -> requests.Response:
        url = self.account.lab.url(self.endpoint + path)
        return requests.request(method, url, timeout=20, **more)


@pytest.fixture
def api(account: Account) -> Callable[..., Api]:
    """Makes APIs, each with the stage $default, and the function `hello`, which returns its event."""

    def make(source: str | None = ECHO, *, stage: bool = True, allowed: bool = True, **more: Any) -> Api:
        if source is not None:
            account.create(source)
        made = account.client("apigatewayv2").create_api(**{"Name": "pets", "ProtocolType": "HTTP"} | more)
        api = Api(account, made["ApiId"], made["ApiEndpoint"])
        if stage and "Target" not in more:
            api.stage()
        if allowed and source is not None:
            api.allow("hello")
        return api

    return make
