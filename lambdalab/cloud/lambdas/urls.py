"""Function URLs: their configuration, one for $LATEST and one for each alias, and what a request to one comes to.

moto keeps one configuration for each function, knows no qualifier and serves nothing. Here the configurations hang on
moto's function, so that they go with it, and `FunctionUrls.answer()` is what stands behind a URL: permission, CORS,
the event, the invocation, the response. How requests get here, and who may send them, is `cloud/front_door.py`.

A function URL's id is random (32 characters, 165 bits): on AWS it is derived from the account and the function.
A URL in mode RESPONSE_STREAM sends what the function streams at once. When that fails in the middle, the status has
been sent: the connection is cut, so that the client sees an incomplete response. What AWS does then is not documented.

AWS does not document the words of its 404, 413 and 502; here they are "Not Found", Invoke's own sentence, and
"Internal Server Error".
https://docs.aws.amazon.com/lambda/latest/dg/lambda-urls.html
"""

from __future__ import annotations

import functools
import hmac
import json
import secrets
import string
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lambdalab.cloud.early import Torn
from lambdalab.cloud.seams import Change, Operation
from lambdalab.triggers.http import (
    HttpResponse,
    MalformedResponse,
    StreamedAnswer,
    event,
    response,
    streamed_response,
)

from .errors import error
from .invoke import run
from .operations import latest_of, replaced, respond
from .paging import page
from .payload import REQUEST_LIMIT
from .state import refuse_if_pending
from .versions import aliases_of, not_found, target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lambdalab.cloud.early import Line
    from lambdalab.triggers.http import Caller, HttpRequest

    from .context import Context
    from .operations import Answer

    BeginAnswer = Callable[[HttpResponse], Line]

_ID_LETTERS = string.ascii_lowercase + string.digits
_ID_LENGTH = 32
_TROUBLE = (
    "Forbidden. For troubleshooting Function URL authorization issues, see: "
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
)


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


def seams(context: Context) -> tuple[Change, ...]:
    """The operations on function URLs."""
    return (
        replaced("create_function_url_config", _create, "moto knows no qualifier, and answers other values than AWS"),
        replaced("get_function_url_config", _get, "moto answers 201"),
        replaced("update_function_url_config", _update, "moto ignores InvokeMode"),
        replaced("delete_function_url_config", _delete, "moto deletes what is not there"),
        Operation("ListFunctionUrlConfigs", _list),
    )


# The API ----------------------------------------------------------------------------------------------------------


def _create(response: Any) -> Answer:
    function, qualifier, given = latest_of(response), response._get_param("Qualifier"), response.json_body
    if qualifier and qualifier not in aliases_of(response.backend, function.function_name):
        raise not_found(response.backend, function.function_name, qualifier)
    configs = _configs(function)
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
    del _configs(latest_of(response))[config.qualifier]
    return respond(None, 204)


def _list(response: Any) -> Answer:
    configs = [config.document() for config in _configs(latest_of(response)).values()]
    return respond(page(response, "FunctionUrlConfigs", configs))


def _config(response: Any) -> UrlConfig:
    config = _configs(latest_of(response)).get(response._get_param("Qualifier"))
    if config is None:
        raise error("ResourceNotFoundException", "The resource you requested does not exist.", status=404)
    return config


def _configs(function: Any) -> dict[str | None, UrlConfig]:
    """The configurations of a function; None stands for $LATEST."""
    configs: dict[str | None, UrlConfig] = vars(function).setdefault("_lab_urls", {})
    return configs


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


# What stands behind a URL -----------------------------------------------------------------------------------------


class FunctionUrls:
    """All function URLs of the lab."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def find(self, url_id: str) -> UrlConfig | None:
        """The configuration of a URL. Takes as long for a wrong id as for a right one."""
        found = None
        for config, _ in self._all():
            if hmac.compare_digest(config.id.encode(), url_id.encode()):
                found = config
        return found

    def answer(
        self, config: UrlConfig, request: HttpRequest, caller: Caller | None, begin: BeginAnswer | None = None
    ) -> HttpResponse | None:
        """What Lambda answers; `caller` is who signed the request, if anybody did.

        `begin` sends status and headers, for an answer that comes in pieces. None says that it did, and that all has
        been sent; raises Torn if that could not be.
        """
        cors = cors_headers(config, request.headers.get("origin"))
        if _is_preflight(request) and config.cors:
            return HttpResponse(200, (*cors, *_preflight_headers(config, request)))
        request_id = str(uuid.uuid4())
        finish = functools.partial(_finished, cors=cors)
        pieces = _Pieces(begin, finish, request_id) if begin and config.invoke_mode == "RESPONSE_STREAM" else None
        answer = self._answer(config, request, caller, request_id, pieces)
        return finish(answer) if answer else None

    def _answer(
        self,
        config: UrlConfig,
        request: HttpRequest,
        caller: Caller | None,
        request_id: str,
        pieces: _Pieces | None,
    ) -> HttpResponse | None:
        open_to_all = config.auth_type == "NONE"
        signed_by = None if open_to_all or caller is None else caller.access_key
        may = open_to_all or signed_by is not None
        if not may or not self._context.gate.may_use_url(config.target_arn, config.auth_type, signed_by):
            return _message(403, _TROUBLE if open_to_all else "Forbidden", "AccessDeniedException")
        backend = self._backend(config)
        if len(request.body) > REQUEST_LIMIT:
            message = f"Request must be smaller than {REQUEST_LIMIT} bytes for the InvokeFunction operation"
            return _message(413, message, "RequestTooLargeException")
        from moto.core.exceptions import JsonRESTError

        payload = json.dumps(
            event(
                request,
                domain_name=config.domain,
                request_id=request_id,
                now=time.time(),
                caller=caller if config.auth_type == "AWS_IAM" else None,
            )
        ).encode()
        try:
            called = target(self._context, backend, config.function_name, config.qualifier)
            refuse_if_pending(self._context, called.stored)
            outcome = run(self._context, called.stored, payload, None, called.arn, request_id=request_id, stream=pieces)
        except JsonRESTError as refused:
            return _throttled(refused) if refused.code == 429 else _internal_error()
        if pieces is not None and pieces.line is not None:
            if outcome.error or pieces.line.gone:
                raise Torn
            return None
        known = (("x-amzn-requestid", request_id),)
        if outcome.error:
            return _internal_error(known)
        try:
            if pieces is not None and pieces.opened:
                made = pieces.without_body()
            elif config.invoke_mode == "RESPONSE_STREAM":
                made = streamed_response(outcome.payload, outcome.content_type)
            else:
                made = response(outcome.payload)
        except MalformedResponse:
            return _internal_error(known)
        return HttpResponse(made.status, (*made.headers, *known), made.body)

    def _backend(self, config: UrlConfig) -> Any:
        """Where the function of a URL is kept."""
        return next(backend for found, backend in self._all() if found is config)

    def _all(self) -> Iterator[tuple[UrlConfig, Any]]:
        from moto.awslambda.models import lambda_backends

        for account in list(lambda_backends):
            for backend in list(lambda_backends[account].values()):
                for function in list(backend._lambdas._functions.values()):
                    for config in list(_configs(function["latest"]).values() if function["latest"] else ()):
                        yield config, backend


class _Pieces:
    """What a function streams, on its way to the client.

    The response begins when something has come and says what its status and headers are: what fails before is a 502.
    """

    def __init__(self, begin: BeginAnswer, finish: Callable[[HttpResponse], HttpResponse], request_id: str) -> None:
        self._begin, self._finish, self._request_id = begin, finish, request_id
        self._answer: StreamedAnswer | None = None
        self._malformed = False
        self.line: Line | None = None
        """None before the response has begun. It never does when the prelude is missing, or is none."""

    @property
    def opened(self) -> bool:
        """Whether the function streamed its answer."""
        return self._answer is not None

    def without_body(self) -> HttpResponse:
        """The response to an answer that ended before it began. Raises MalformedResponse if the prelude is missing."""
        if self._answer is None or self._answer.head is None or self._malformed:
            raise MalformedResponse("the stream has no prelude")
        return self._answer.head

    def open(self, content_type: str) -> None:
        self._answer = StreamedAnswer(content_type)

    def write(self, data: bytes, wait_s: float) -> None:
        assert self._answer is not None
        if self._malformed:
            return
        try:
            body = self._answer.add(data)
        except MalformedResponse:
            self._malformed = True
            return
        if self.line is None and (head := self._answer.head):
            known = ("x-amzn-requestid", self._request_id)
            self.line = self._begin(self._finish(HttpResponse(head.status, (*head.headers, known))))
        if self.line is not None:
            self.line.send(body, wait_s)

    def let_go(self) -> None:
        if self.line is not None:
            self.line.hang_up()


def _finished(answer: HttpResponse, *, cors: tuple[tuple[str, str], ...]) -> HttpResponse:
    """With the CORS headers of the URL. Where the function says something else, the configuration wins."""
    if not cors:
        return answer
    kept = [(name, value) for name, value in answer.headers if not name.startswith("access-control-")]
    return HttpResponse(answer.status, (*kept, *cors), answer.body)


def allows_origin(config: UrlConfig, origin: str) -> bool:
    """Whether the URL's CORS configuration lets pages of this origin in."""
    allowed = config.cors.get("AllowOrigins") or []
    return "*" in allowed or origin.lower() in (each.lower() for each in allowed)


def cors_headers(config: UrlConfig, origin: str | None) -> tuple[tuple[str, str], ...]:
    """The headers of each response to a page of an allowed origin."""
    if origin is None or not allows_origin(config, origin):
        return ()
    anybody = "*" in config.cors["AllowOrigins"] and not config.cors.get("AllowCredentials")
    headers = [("access-control-allow-origin", "*" if anybody else origin)]
    if not anybody:
        headers.append(("vary", "Origin"))
    if config.cors.get("AllowCredentials"):
        headers.append(("access-control-allow-credentials", "true"))
    if exposed := config.cors.get("ExposeHeaders"):
        headers.append(("access-control-expose-headers", ",".join(exposed)))
    return tuple(headers)


def _is_preflight(request: HttpRequest) -> bool:
    """What a browser sends before a request that a page could not make without CORS."""
    return (
        request.method == "OPTIONS"
        and "origin" in request.headers
        and "access-control-request-method" in request.headers
    )


def _preflight_headers(config: UrlConfig, request: HttpRequest) -> tuple[tuple[str, str], ...]:
    if not allows_origin(config, request.headers["origin"]):
        return ()
    headers = [("access-control-max-age", str(config.cors.get("MaxAge", 0)))]
    if methods := config.cors.get("AllowMethods"):
        headers.append(("access-control-allow-methods", ",".join(methods)))
    if allowed := config.cors.get("AllowHeaders"):
        headers.append(("access-control-allow-headers", ",".join(allowed)))
    return tuple(headers)


def _message(status: int, message: str, kind: str) -> HttpResponse:
    return HttpResponse(
        status,
        (("content-type", "application/json"), ("x-amzn-ErrorType", kind), ("x-amzn-requestid", str(uuid.uuid4()))),
        json.dumps({"Message": message}, separators=(",", ":")).encode(),
    )


def _throttled(refused: Any) -> HttpResponse:
    """429, with the document that Invoke gives."""
    headers = (("content-type", "application/json"), ("x-amzn-ErrorType", "TooManyRequestsException"))
    return HttpResponse(429, headers, refused.description.encode())


def _internal_error(known: tuple[tuple[str, str], ...] = ()) -> HttpResponse:
    """The function failed, took too long, or said what is no HTTP response. Why stands in its log only."""
    return HttpResponse(502, (("content-type", "application/json"), *known), b"Internal Server Error")


def no_such_url() -> HttpResponse:
    """There is no such URL, or not for you."""
    return _message(404, "Not Found", "ResourceNotFoundException")
