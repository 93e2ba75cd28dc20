"""The event of an HTTP API, in payload formats 2.0 and 1.0, for the function and for a Lambda authorizer.

Format 2.0 is that of function URLs (`lambdalab.http_payload`), plus the API's route, stage, stage variables and
authorizer. Other differences: the path is decoded, cookies are in `cookies` only, and the account is the API's.

Three members are not documented: in format 1.0, `resource` and `resourceId` of the route $default, and that `path`
begins with the stage as `rawPath` does. Here they are "$default" and, for a named stage, "/STAGE/…".
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from lambdalab import http_payload as http

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambdalab.http_payload import Caller, HttpRequest

    from .gateway.routes import Match


@dataclass(frozen=True)
class ApiRequest:
    """A request to an API, and its route."""

    request: HttpRequest
    path: str
    """Decoded, without the stage."""
    match: Match
    account: str
    region: str
    api_id: str
    stage: str
    request_id: str
    now: float
    stage_variables: Mapping[str, str] = field(default_factory=dict)
    trace_id: str = ""

    @property
    def domain_name(self) -> str:
        """The API's host on AWS."""
        return f"{self.api_id}.execute-api.{self.region}.amazonaws.com"

    @property
    def full_path(self) -> str:
        """With the stage, as the client sees it."""
        return self.path if self.stage == "$default" else f"/{self.stage}{self.path}"

    @property
    def arn(self) -> str:
        """The ARN of the request, as policies name it."""
        return f"{self._arn}/{self.request.method}{self.path}"

    @property
    def route_arn(self) -> str:
        """The ARN of the route, for the function's policy: with the names of variables. $default has no method."""
        key = self.match.key
        return f"{self._arn}/{self.request.method}{key.path}" if key.method else f"{self._arn}/{key.text}"

    @property
    def _arn(self) -> str:
        return f"arn:aws:execute-api:{self.region}:{self.account}:{self.api_id}/{self.stage}"

    @property
    def headers(self) -> dict[str, str]:
        """In lower case, with the headers that API Gateway adds."""
        return dict(
            sorted(
                {
                    "content-length": str(len(self.request.body)),
                    **self.request.headers,
                    "host": self.domain_name,
                    **({"x-amzn-trace-id": self.trace_id} if self.trace_id else {}),
                    "x-forwarded-for": self.request.source_ip,
                    "x-forwarded-port": "443",
                    "x-forwarded-proto": "https",
                }.items()
            )
        )

    def context(self) -> dict[str, Any]:
        """The variables of `$context`. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html"""
        return {
            "accountId": self.account,
            "apiId": self.api_id,
            "domainName": self.domain_name,
            "domainPrefix": self.api_id,
            "extendedRequestId": self.request_id,
            "httpMethod": self.request.method,
            "identity": {
                "sourceIp": self.request.source_ip,
                "userAgent": self.request.headers.get("user-agent", ""),
            },
            "path": self.full_path,
            "protocol": self.request.protocol,
            "requestId": self.request_id,
            "requestTime": http.clf_time(self.now),
            "requestTimeEpoch": str(int(self.now * 1000)),
            "routeKey": self.match.key.text,
            "stage": self.stage,
        }


@dataclass(frozen=True)
class Authorized:
    """The result of authorization: under `authorizer` in the event. Empty without an authorizer."""

    claims: Mapping[str, str] | None = None
    scopes: list[str] | None = None
    context: Mapping[str, Any] | None = None
    principal_id: str | None = None
    caller: Caller | None = None


def event(received: ApiRequest, authorized: Authorized, version: str) -> dict[str, Any]:
    """The event of the function."""
    return _event_2(received, authorized) if version == "2.0" else _event_1(received, authorized)


def authorizer_event(received: ApiRequest, version: str, identity: list[str] | None) -> dict[str, Any]:
    """The event of a Lambda authorizer; `identity` has the values of its identity sources."""
    if version == "2.0":
        made = _event_2(received, Authorized())
        for absent in ("body", "isBase64Encoded"):
            made.pop(absent, None)
        return {
            "version": made.pop("version"),
            "type": "REQUEST",
            "routeArn": received.arn,
            "identitySource": identity,
            **made,
        }
    made = _event_1(received, Authorized())
    for absent in ("body", "isBase64Encoded", "multiValueHeaders", "multiValueQueryStringParameters"):
        made.pop(absent)
    together = ",".join(identity) if identity else None
    return {
        "version": made.pop("version"),
        "type": "REQUEST",
        "methodArn": received.arn,
        "identitySource": together,
        "authorizationToken": together,
        **made,
    }


def _event_2(received: ApiRequest, authorized: Authorized) -> dict[str, Any]:
    request = replace(received.request, path=received.full_path)
    made = http.event(request, domain_name=received.domain_name, request_id=received.request_id, now=received.now)
    key = received.match.key.text
    made["routeKey"] = made["requestContext"]["routeKey"] = key
    made["headers"] = {name: value for name, value in received.headers.items() if name != "cookie"}
    made["requestContext"]["accountId"] = received.account
    made["requestContext"]["stage"] = received.stage
    if authorizer := _authorizer_2(authorized):
        made["requestContext"]["authorizer"] = authorizer
    if received.match.parameters:
        made["pathParameters"] = dict(received.match.parameters)
    if received.stage_variables:
        made["stageVariables"] = dict(received.stage_variables)
    return made


def _authorizer_2(authorized: Authorized) -> dict[str, Any] | None:
    if authorized.claims is not None:
        return {"jwt": {"claims": dict(authorized.claims), "scopes": authorized.scopes}}
    if authorized.caller is not None:
        return http.iam(authorized.caller)
    if authorized.context is not None:
        return {"lambda": dict(authorized.context) or None}
    return None


def _event_1(received: ApiRequest, authorized: Authorized) -> dict[str, Any]:
    request, key = received.request, received.match.key
    several = [(name, value) for name, value in request.lines if name.lower() in request.headers]
    headers = received.headers
    lists: dict[str, list[str]] = {}
    for name, value in several:
        lists.setdefault(name.lower(), []).append(value)
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(request.query, keep_blank_values=True):
        query.setdefault(name, []).append(value)
    is_text = http.is_text(request.headers.get("content-type", ""))
    body = request.body.decode("utf-8", "replace") if is_text else base64.b64encode(request.body).decode()
    return {
        "version": "1.0",
        "resource": key.path,
        "path": received.full_path,
        "httpMethod": request.method,
        "headers": headers,
        "multiValueHeaders": {
            name: lists[name] if len(lists.get(name, ())) > 1 else [value] for name, value in headers.items()
        },
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "requestContext": _context_1(received, authorized),
        "pathParameters": dict(received.match.parameters) or None,
        "stageVariables": dict(received.stage_variables) or None,
        "body": body if request.body else None,
        "isBase64Encoded": bool(request.body) and not is_text,
    }


def _context_1(received: ApiRequest, authorized: Authorized) -> dict[str, Any]:
    request, key, caller = received.request, received.match.key, authorized.caller
    authorizer: dict[str, Any] = {"claims": authorized.claims, "scopes": authorized.scopes}
    if authorized.context is not None:
        principal = {"principalId": authorized.principal_id} if authorized.principal_id else {}
        authorizer = {**authorized.context, **principal}
    return {
        "accountId": received.account,
        "apiId": received.api_id,
        "authorizer": authorizer,
        "domainName": received.domain_name,
        "domainPrefix": received.api_id,
        "extendedRequestId": received.request_id,
        "httpMethod": request.method,
        "identity": {
            "accessKey": caller.access_key if caller else None,
            "accountId": caller.account_id if caller else None,
            "caller": caller.user_id if caller else None,
            "cognitoAuthenticationProvider": None,
            "cognitoAuthenticationType": None,
            "cognitoIdentityId": None,
            "cognitoIdentityPoolId": None,
            "principalOrgId": None,
            "sourceIp": request.source_ip,
            "user": caller.user_id if caller else None,
            "userAgent": request.headers.get("user-agent", ""),
            "userArn": caller.arn if caller else None,
        },
        "path": received.full_path,
        "protocol": request.protocol,
        "requestId": received.request_id,
        "requestTime": http.clf_time(received.now),
        "requestTimeEpoch": int(received.now * 1000),
        "resourceId": key.text,
        "resourcePath": key.path,
        "stage": received.stage,
    }
