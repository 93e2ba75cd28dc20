"""A request to a REST API, and what is known about it so far: the variables of $context.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
"""

from __future__ import annotations

import functools
import secrets
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from lambdalab.http_payload import Caller, HttpRequest, clf_time

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .definition import Method, Resource, Stage
    from .usage import ApiKey

_OF_THE_CONNECTION = frozenset(
    {"connection", "content-length", "expect", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"}
)
"""Headers that belong to the connection between the client and API Gateway."""
_OURS = frozenset({"host", "x-amzn-trace-id", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"})
_WRITTEN = {"authorization": "Authorization", "user-agent": "User-Agent"}
"""The spelling of these does not depend on the client."""


@dataclass(frozen=True)
class Entry:
    """A line of the execution log."""

    text: str | Callable[[], str]
    """A function, if formatting the line takes time: it runs only when the line is written."""
    data: bool = False
    """Whether it shows what the client or the function sent: for stages with dataTraceEnabled."""
    failure: bool = False
    """Whether it says why the request failed."""

    @property
    def line(self) -> str:
        """The text."""
        return self.text if isinstance(self.text, str) else self.text()


@dataclass
class ApiRequest:
    """One request."""

    request: HttpRequest
    stage: Stage
    path: str
    """Percent-encoded, without the stage."""
    now: float
    resource: Resource | None = None
    method: Method | None = None
    path_parameters: Mapping[str, str] = field(default_factory=dict)
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    extended_request_id: str = field(default_factory=lambda: secrets.token_urlsafe(10)[:14] + "=")
    authorizer: dict[str, Any] | None = None
    """Under `authorizer` in the request context."""
    caller: Caller | None = None
    api_key: ApiKey | None = None
    usage_key: str | None = None
    """The API key that the authorizer returned."""
    error: dict[str, Any] = field(default_factory=dict)
    journal: list[Entry] | None = None
    """The lines of the execution log; None if nothing is logged."""

    @property
    def domain_name(self) -> str:
        """The API's host on AWS."""
        return f"{self.stage.api_id}.execute-api.{self.stage.region}.amazonaws.com"

    @property
    def arn(self) -> str:
        """The ARN of the request, as policies name it."""
        return self.stage.arn(self.request.method, self.path.lstrip("/"))

    @property
    def source_arn(self) -> str:
        """The source ARN for a function's policy: the resource, with the names of its parameters; ANY is `*`."""
        assert self.resource is not None
        assert self.method is not None
        method = "*" if self.method.http_method == "ANY" else self.method.http_method
        return self.stage.arn(method, self.resource.path.lstrip("/"))

    @functools.cached_property
    def trace_id(self) -> str:
        """The trace header: the client's, if it sent one."""
        sent = self.request.headers.get("x-amzn-trace-id", "")
        return sent if sent.startswith("Root=") else f"Root=1-{int(self.now):08x}-{secrets.token_hex(12)}"

    @functools.cached_property
    def headers(self) -> dict[str, list[str]]:
        """All values by name, in the client's spelling; sorted as API Gateway sorts them."""
        lines = self.request.lines or tuple(self.request.headers.items())
        found: dict[str, list[str]] = {}
        written: dict[str, str] = {}
        for name, value in lines:
            low = name.lower()
            if low not in _OF_THE_CONNECTION and low not in _OURS:
                found.setdefault(written.setdefault(low, _WRITTEN.get(low, name)), []).append(value)
        forwarded = [each for each in (self.request.headers.get("x-forwarded-for"), self.request.source_ip) if each]
        found |= {
            "Host": [self.domain_name],
            "X-Amzn-Trace-Id": [self.trace_id],
            "X-Forwarded-For": [", ".join(forwarded)],
            "X-Forwarded-Port": ["443"],
            "X-Forwarded-Proto": ["https"],
        }
        return dict(sorted(found.items()))

    @functools.cached_property
    def query(self) -> dict[str, list[str]]:
        """Decoded: all values by name."""
        found: dict[str, list[str]] = {}
        for name, value in parse_qsl(self.request.query, keep_blank_values=True):
            found.setdefault(name, []).append(value)
        return found

    def header(self, name: str) -> str | None:
        """The last value of a header; its name in any case."""
        return next((values[-1] for each, values in self.headers.items() if each.lower() == name.lower()), None)

    def parameter(self, where: str, name: str) -> str | None:
        """A parameter of the method request: path.id, querystring.page, header.accept, multivalue… joined by commas."""
        if where == "path":
            return self.path_parameters.get(name)
        if where in ("querystring", "multivaluequerystring"):
            values = self.query.get(name)
        elif where in ("header", "multivalueheader"):
            values = next((each for known, each in self.headers.items() if known.lower() == name.lower()), None)
        else:
            return None
        if not values:
            return None
        return ",".join(values) if where.startswith("multivalue") else values[-1]

    def identity(self) -> dict[str, Any]:
        """What is known about the caller."""
        caller = self.caller
        made: dict[str, Any] = {
            "cognitoIdentityPoolId": None,
            "accountId": caller.account_id if caller else None,
            "cognitoIdentityId": None,
            "caller": caller.user_id if caller else None,
            "sourceIp": self.request.source_ip,
            "principalOrgId": None,
            "accessKey": caller.access_key if caller else None,
            "cognitoAuthenticationType": None,
            "cognitoAuthenticationProvider": None,
            "userArn": caller.arn if caller else None,
            "userAgent": self.request.headers.get("user-agent"),
            "user": caller.user_id if caller else None,
        }
        if self.api_key:
            made |= {"apiKey": self.api_key.value, "apiKeyId": self.api_key.id}
        return made

    def context(self) -> dict[str, Any]:
        """The `requestContext` of events."""
        made: dict[str, Any] = {
            "resourceId": self.resource.id if self.resource else None,
            "resourcePath": self.resource.path if self.resource else None,
            "httpMethod": self.request.method,
            "extendedRequestId": self.extended_request_id,
            "requestTime": clf_time(self.now),
            "path": f"/{self.stage.name}{self.path}",
            "accountId": self.stage.account,
            "protocol": self.request.protocol,
            "stage": self.stage.name,
            "domainPrefix": self.stage.api_id,
            "requestTimeEpoch": int(self.now * 1000),
            "requestId": self.request_id,
            "identity": self.identity(),
            "domainName": self.domain_name,
            "deploymentId": self.stage.deployment_id,
            "apiId": self.stage.api_id,
        }
        if self.authorizer is not None:
            made["authorizer"] = self.authorizer
        return made

    def variables(self) -> dict[str, Any]:
        """$context in mapping templates and gateway responses."""
        return {**self.context(), "error": self.error}
