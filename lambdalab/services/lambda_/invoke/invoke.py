"""The Invoke operation, and the way by which moto's services invoke."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from lambdalab.delivery.invocation import NotReady, Refused
from lambdalab.delivery.recursion import HEADER
from lambdalab.services.lambda_.api.errors import error, refused
from lambdalab.services.lambda_.api.operation import function_name
from lambdalab.services.lambda_.backend import replace
from lambdalab.services.lambda_.functions.state import refuse_if_not_ready
from lambdalab.services.lambda_.versions.versions import target

from .asynchronous import event_arn
from .payload import checked_payload, client_context

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.moto_patches import Patch
    from lambdalab.services.lambda_.versions.versions import Target
    from lambdalab.services.parts import LabParts


def patches(lab: LabParts) -> tuple[Patch, ...]:
    """Invoke goes to the engine."""
    return (
        replace(
            "LambdaResponse.invoke",
            ("self",),
            lambda original: _invoke(lab),
            "moto runs the code in Docker or not at all, ignores Qualifier, and checks neither payload nor type",
        ),
        replace(
            "LambdaResponse.setup_class",
            ("self", "request", "full_url", "headers", "use_raw_body"),
            _raw_event,
            "moto decodes every body as UTF-8 and fails; what is not UTF-8 must reach our checks",
        ),
        replace(
            "LambdaResponse._enrich_response",
            ("headers", "body"),
            _own_request_id,
            "moto gives each response a new request id; on AWS it is the one that the function and its log know",
        ),
        replace(
            "LambdaFunction.invoke",
            ("self", "body", "request_headers", "response_headers"),
            lambda original: _invoke_from_service(lab),
            "every event source of moto ends here",
        ),
    )


def _invoke(lab: LabParts) -> Callable[[Any], Any]:
    """The Invoke operation."""

    def invoke(response: Any) -> tuple[int, dict[str, str], bytes | str]:
        name, qualifier = function_name(response), _qualifier(response)
        wanted = called(lab, response)
        stored = wanted.stored
        body = response.body if isinstance(response.body, bytes) else (response.body or "").encode()
        invocation_type = response.headers.get("X-Amz-Invocation-Type", "RequestResponse")
        payload = checked_payload(body, asynchronous=invocation_type == "Event")
        if invocation_type == "DryRun":
            return 204, {"status": "204"}, ""
        if invocation_type == "Event":  # without the client context, which Lambda passes on in synchronous calls only
            arn = event_arn(stored, name, qualifier)
            request_id = lab.queue.put(arn, payload, response.headers.get(HEADER))
            return 202, {"status": "202", "x-amzn-requestid": request_id}, ""
        if invocation_type != "RequestResponse":
            values = "[Event, RequestResponse, DryRun]"
            raise error(
                "ValidationException",
                f"1 validation error detected: Value '{invocation_type}' at 'invocationType' failed to satisfy "
                f"constraint: Member must satisfy enum value set: {values}",
            )
        try:
            outcome = lab.functions.run(
                stored,
                wanted.arn,
                payload,
                client_context=client_context(response.headers.get("X-Amz-Client-Context")),
                trace=response.headers.get(HEADER),
            )
        except Refused as refusal:
            raise refused(refusal) from None
        headers = {
            "status": "200",
            "content-type": "application/json",
            "x-amzn-requestid": outcome.request_id,
            "X-Amz-Executed-Version": str(stored.version),
        }
        if outcome.error:
            headers["X-Amz-Function-Error"] = "Unhandled"
        if response.headers.get("X-Amz-Log-Type") == "Tail":
            headers["X-Amz-Log-Result"] = base64.b64encode(outcome.log_tail).decode()
        return 200, headers, outcome.payload

    return invoke


def called(lab: LabParts, response: Any) -> Target:
    """What a request wants to be run, if it can be invoked now."""
    wanted = target(lab, response.backend, function_name(response), _qualifier(response))
    try:
        refuse_if_not_ready(wanted.stored, lab.clock.time())
    except NotReady as refusal:
        raise refused(refusal) from None
    return wanted


def _qualifier(response: Any) -> str | None:
    """The one in the request's query. moto would also take it from the body, which is the event: the caller's own."""
    given = response.querystring.get("Qualifier")
    return given[0] if given else None


def _raw_event(original: Callable[..., None]) -> Callable[..., None]:
    def setup_class(
        response: Any, request: Any, full_url: str | None = None, headers: Any = None, use_raw_body: bool | None = None
    ) -> None:
        original(response, request, full_url, headers, True)

    return setup_class


def _own_request_id(original: Callable[..., tuple[dict[str, str], Any]]) -> Any:
    def enrich_response(headers: dict[str, str], body: Any) -> tuple[dict[str, str], Any]:
        own = headers.get("x-amzn-requestid")
        headers, body = original(headers, body)
        if own:
            headers["x-amzn-requestid"] = own
        return headers, body

    return staticmethod(enrich_response)


def _invoke_from_service(lab: LabParts) -> Callable[..., bytes]:
    """An invocation by one of moto's services."""

    def invoke(stored: Any, body: Any, request_headers: Any, response_headers: Any) -> bytes:
        payload = body if isinstance(body, bytes) else (body or "{}").encode()
        outcome = lab.functions.run(stored, stored.function_arn, payload)
        if outcome.error:
            response_headers["x-amz-function-error"] = "Unhandled"
        return outcome.payload

    return invoke
