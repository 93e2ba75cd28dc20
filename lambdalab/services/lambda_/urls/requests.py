"""How a request to a function URL is answered: permission, CORS, the event, the invocation, the response.

How requests get here, and who may send them: `lambdalab/endpoint/unsigned.py`.

A URL in mode RESPONSE_STREAM sends what the function streams at once. When that fails in the middle, the status has
been sent: the connection is cut, so that the client sees an incomplete response. What AWS does then is not documented.

AWS does not document the words of its 404, 413 and 502; here they are "Not Found", Invoke's own sentence, and
"Internal Server Error".
"""

from __future__ import annotations

import functools
import json
import time
import uuid
from typing import TYPE_CHECKING, Any

from lambdalab.delivery.invocation import Refused, TooManyRequests
from lambdalab.endpoint.response_streaming import Torn
from lambdalab.http_payload import HttpResponse, MalformedResponse, StreamedAnswer, event, response, streamed_response
from lambdalab.services.lambda_.backend import all_backends, functions_of
from lambdalab.services.lambda_.invoke.payload import REQUEST_LIMIT
from lambdalab.services.lambda_.versions.versions import target

from . import cors as url_cors
from .configuration import configs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lambdalab.endpoint.response_streaming import Line
    from lambdalab.http_payload import Caller, HttpRequest
    from lambdalab.services.parts import LabParts

    from .configuration import UrlConfig

    BeginAnswer = Callable[[HttpResponse], Line]

_TROUBLE = (
    "Forbidden. For troubleshooting Function URL authorization issues, see: "
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
)


class FunctionUrls:
    """All function URLs of the lab."""

    def __init__(self, lab: LabParts) -> None:
        self._lab = lab

    def configurations(self) -> Iterator[UrlConfig]:
        """Of all URLs, in all accounts and Regions."""
        return (config for config, _ in self._all())

    def answer(
        self, config: UrlConfig, request: HttpRequest, caller: Caller | None, begin: BeginAnswer | None = None
    ) -> HttpResponse | None:
        """What Lambda answers; `caller` is who signed the request, if anybody did.

        `begin` sends status and headers, for an answer that comes in pieces. None says that it did, and that all has
        been sent; raises Torn if that could not be.
        """
        cors = url_cors.headers_for(config.cors, request.headers.get("origin"))
        if url_cors.is_preflight(request) and config.cors:
            return HttpResponse(200, (*cors, *url_cors.preflight_headers(config.cors, request)))
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
        if not may or not self._lab.enforcement.may_use_url(config.target_arn, config.auth_type, signed_by):
            return _message(403, _TROUBLE if open_to_all else "Forbidden", "AccessDeniedException")
        backend = self._backend(config)
        if len(request.body) > REQUEST_LIMIT:
            message = f"Request must be smaller than {REQUEST_LIMIT} bytes for the InvokeFunction operation"
            return _message(413, message, "RequestTooLargeException")
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
            called = target(self._lab, backend, config.function_name, config.qualifier)
            outcome = self._lab.functions.run(called.stored, called.arn, payload, request_id=request_id, stream=pieces)
        except TooManyRequests as refusal:
            return _throttled(refusal)
        except Refused:
            return _internal_error()
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
        for backend in all_backends():
            for function in list(functions_of(backend).values()):
                for config in list(configs_of(function["latest"]).values() if function["latest"] else ()):
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


def _message(status: int, message: str, kind: str) -> HttpResponse:
    return HttpResponse(
        status,
        (("content-type", "application/json"), ("x-amzn-ErrorType", kind), ("x-amzn-requestid", str(uuid.uuid4()))),
        json.dumps({"Message": message}, separators=(",", ":")).encode(),
    )


def _throttled(refusal: TooManyRequests) -> HttpResponse:
    """429, with the document that Invoke gives."""
    headers = (("content-type", "application/json"), ("x-amzn-ErrorType", refusal.code))
    document = {"Reason": refusal.reason, "Type": "User", "message": refusal.message}
    return HttpResponse(refusal.status, headers, json.dumps(document).encode())


def _internal_error(known: tuple[tuple[str, str], ...] = ()) -> HttpResponse:
    """The function failed, took too long, or said what is no HTTP response. Why stands in its log only."""
    return HttpResponse(502, (("content-type", "application/json"), *known), b"Internal Server Error")
