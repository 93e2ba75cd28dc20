"""The request that is being answered: who sent it, from where, and which chain of invocations it belongs to.

moto's services are told what to do, and not by whom. What they make of a request (a message, an event, a notification)
says that on AWS: it carries the trace header on, by which Lambda notices that a function calls itself in a circle, and
some of it names the caller.

One request is answered in one thread, which this remembers. In the page a function runs inside the request that
invoked it, and makes requests itself: there, what was before is put back.
"""

from __future__ import annotations

import contextlib
import uuid
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lambdalab.delivery import recursion
from lambdalab.moto_patches import Patch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass(frozen=True)
class Incoming:
    """What is known of a request."""

    trace: str | None = None
    """Its X-Amzn-Trace-Id, if it has one."""
    access_key_id: str = ""
    address: str = "127.0.0.1"
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:16].upper())
    """As S3 writes request ids."""


_current: ContextVar[Incoming | None] = ContextVar("request", default=None)


def current() -> Incoming:
    """The request that this thread answers; one without a sender, if it answers none."""
    return _current.get() or Incoming()


@contextlib.contextmanager
def on_behalf_of(incoming: Incoming | None) -> Iterator[None]:
    """What services do within this block, they do because of this request."""
    token = _current.set(incoming)
    try:
        yield
    finally:
        _current.reset(token)


def patches() -> tuple[Patch, ...]:
    """Where moto begins to answer a request."""
    return (
        Patch(
            "moto.core.responses",
            "BaseResponse",
            "setup_class",
            ("self", "request", "full_url", "headers", "use_raw_body"),
            _remember,
            "moto's services do not know who sent a request, nor its trace header",
        ),
        Patch(
            "moto.core.botocore_stubber",
            "BotocoreStubber",
            "process_request",
            ("self", "request"),
            _put_back,
            "in the page, functions make requests while one is being answered",
        ),
    )


def _remember(original: Callable[..., None]) -> Callable[..., None]:
    def setup_class(response: Any, request: Any, *args: Any, **more: Any) -> None:
        original(response, request, *args, **more)
        _current.set(
            Incoming(
                request.headers.get(recursion.HEADER),
                getattr(response, "access_key", "") or "",
                getattr(request, "remote_addr", None) or "127.0.0.1",
            )
        )

    return setup_class


def _put_back(original: Callable[..., Any]) -> Callable[..., Any]:
    def process_request(stubber: Any, request: Any) -> Any:
        with on_behalf_of(None):
            return original(stubber, request)

    return process_request
