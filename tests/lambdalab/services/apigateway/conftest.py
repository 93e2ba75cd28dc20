"""Fixtures that make REST APIs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.lambdalab.endpoint.test_access import Answer, send

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab import Lab
    from tests.lambdalab.services.conftest import Remembering

HERE = "us-east-1:123456789012"


def uri(function_arn: str) -> str:
    """The URI of a function in an integration."""
    return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function_arn}/invocations"


class Api:
    """A REST API, and a client of it."""

    def __init__(self, lab: Lab, client: Callable[[str], Any], **settings: Any) -> None:
        self._lab = lab
        self.control = client("apigateway")
        made = self.control.create_rest_api(name="pets", **settings)
        self.id: str = made["id"]
        self._resources = {"/": made["rootResourceId"]}

    @property
    def arn(self) -> str:
        return f"arn:aws:execute-api:{HERE}:{self.id}"

    @property
    def path(self) -> str:
        return f"/_aws/execute-api/{self.id}"

    def resource(self, path: str) -> str:
        """The id of a resource, which is created if need be."""
        if path not in self._resources:
            parent, _, part = path.rpartition("/")
            made = self.control.create_resource(restApiId=self.id, parentId=self.resource(parent or "/"), pathPart=part)
            self._resources[path] = made["id"]
        return self._resources[path]

    def of(self, path: str, http_method: str) -> dict[str, Any]:
        """The parameters that identify a method."""
        return {"restApiId": self.id, "resourceId": self.resource(path), "httpMethod": http_method}

    def method(self, path: str, http_method: str = "GET", function: Remembering | None = None, **settings: Any) -> None:
        """A method; with a function, a proxy integration that may call it."""
        self.control.put_method(**{"authorizationType": "NONE", **self.of(path, http_method), **settings})
        if function is not None:
            self.integrate(path, http_method, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri(function.arn))
            self.allow(function)

    def integrate(self, path: str, http_method: str, **settings: Any) -> None:
        self.control.put_integration(**self.of(path, http_method), **settings)

    def mock(self, path: str, http_method: str = "GET", status: int = 200, **headers: str) -> None:
        """A method with a mock integration, and headers of its response."""
        self.control.put_method(**self.of(path, http_method), authorizationType="NONE")
        template = {"application/json": json.dumps({"statusCode": status})}
        self.integrate(path, http_method, type="MOCK", requestTemplates=template)
        self.respond(path, http_method, str(status), headers)

    def respond(
        self,
        path: str,
        http_method: str,
        status: str = "200",
        headers: dict[str, str] | None = None,
        pattern: str = "",
        **settings: Any,
    ) -> None:
        """A method response, and the integration response for it."""
        named = {f"method.response.header.{name}": value for name, value in (headers or {}).items()}
        self.control.put_method_response(
            **self.of(path, http_method), statusCode=status, responseParameters=dict.fromkeys(named, True)
        )
        self.control.put_integration_response(
            **self.of(path, http_method),
            statusCode=status,
            selectionPattern=pattern,
            responseParameters=named,
            **settings,
        )

    def allow(self, function: Remembering, source: str = "*/*/*") -> None:
        """Let this API call a function, once."""
        try:
            function.allow("apigateway.amazonaws.com", f"{self.arn}/{source}")
        except Exception as error:
            if "ResourceConflict" not in type(error).__name__:
                raise

    def deploy(self, stage: str = "prod", **settings: Any) -> str:
        return str(self.control.create_deployment(restApiId=self.id, stageName=stage, **settings)["id"])

    def call(
        self,
        path: str = "/",
        method: str = "GET",
        headers: dict[str, str] | None = None,
        body: bytes | str = b"",
        stage: str = "prod",
    ) -> Answer:
        """A request to a stage."""
        sent = body.encode() if isinstance(body, str) else body
        return send(self._lab, method, f"{self.path}/{stage}{path}", headers, sent)


@pytest.fixture
def api(lab: Lab, client: Callable[[str], Any]) -> Api:
    """An empty API."""
    return Api(lab, client)


@pytest.fixture
def make_api(lab: Lab, client: Callable[[str], Any]) -> Callable[..., Api]:
    """Makes APIs with settings."""
    return lambda **settings: Api(lab, client, **settings)
