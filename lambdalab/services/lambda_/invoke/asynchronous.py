"""Asynchronous invocation as Lambda's API knows it: how an event gets into the queue, and, in the page, out of it.

How its function's events are treated is set by `event_configuration.py` and `dead_letter.py`, and read by the queue
through `invocation.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from lambdalab.delivery.recursion import HEADER
from lambdalab.services.lambda_.backend import replace, replace_call_in_page

from .payload import checked_payload

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdalab.moto_patches import Patch
    from lambdalab.services.parts import LabParts

    Answer = tuple[int, dict[str, str], str]


def patches(lab: LabParts) -> tuple[Patch, ...]:
    """InvokeAsync, and what runs events where there are no threads."""
    return (
        replace(
            "LambdaResponse.invoke_async",
            ("self",),
            lambda original: _invoke_async(lab),
            "moto runs the code; the operation, which Invoke replaces, queues an event",
        ),
        replace_call_in_page(
            lambda original: _then_run_events(lab, original),
            "in the page there are no threads: what is queued runs when the API call that queued it is done",
        ),
    )


def event_arn(stored: Any, name: str, qualifier: str | None) -> str:
    """The qualified ARN of what a caller named, by which its event is queued."""
    in_name = name.split(":function:")[-1].partition(":")[2]
    return f"{':'.join(stored.function_arn.split(':')[:7])}:{in_name or qualifier or '$LATEST'}"


def _invoke_async(lab: LabParts) -> Callable[[Any], Answer]:
    """InvokeAsync, of 2014: as Invoke with InvocationType Event, and without a qualifier."""

    def invoke_async(response: Any) -> Answer:
        name = unquote(response.path).split("/functions/", 1)[1].split("/invoke-async")[0]
        stored = response.backend.get_function(name)
        body = response.body if isinstance(response.body, bytes) else (response.body or "").encode()
        trace = response.headers.get(HEADER)
        request_id = lab.queue.put(event_arn(stored, name, None), checked_payload(body, asynchronous=True), trace)
        return 202, {"status": "202", "x-amzn-requestid": request_id}, "{}"

    return invoke_async


def _then_run_events(lab: LabParts, original: Callable[..., Any]) -> Callable[..., Any]:
    depth = 0

    def process_request(stubber: Any, request: Any) -> Any:
        nonlocal depth
        depth += 1  # a handler that calls the API is part of a call
        try:
            answer = original(stubber, request)
        finally:
            depth -= 1
        if depth == 0:
            lab.drain()
        return answer

    return process_request
