"""What the engine is asked to run, and what it answers.

A `Function` is one configuration of one version of a function, as the engine sees it: everything needed to start an
execution environment. An `Outcome` is one finished invocation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from .logs.log_level import EVERYTHING, LoggingConfig

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .code import DeploymentPackage


@dataclass(frozen=True)
class Function:
    """One version of a function, ready to run. Equal functions may share execution environments."""

    name: str
    arn: str
    """The function's ARN, without a version: all versions of a function share it."""
    runtime: str
    """AWS's identifier, for instance "python3.13"."""
    handler: str
    package: DeploymentPackage
    layers: tuple[DeploymentPackage, ...] = ()
    """Merged in this order into /opt."""
    version: str = "$LATEST"
    memory_mb: int = 128
    timeout_s: float = 3
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    """The function's own environment variables."""
    region: str = "us-east-1"
    role: str = ""
    """ARN of the execution role."""
    revision: str = ""
    """Changes whenever code or configuration change: environments of another revision are not reused."""
    log_group: str = ""
    logging: LoggingConfig = EVERYTHING
    snap_start: bool = False
    """Whether its environments are restored from a snapshot, which is taken when the version is published."""

    def __post_init__(self) -> None:
        if not self.log_group:
            object.__setattr__(self, "log_group", f"/aws/lambda/{self.name}")

    @property
    def key(self) -> tuple[str, str]:
        """What names this version of the function, whatever its revision."""
        return self.arn, self.version


class ResponseStream(Protocol):
    """A caller who takes an answer piece by piece, while the function runs.

    Called in the thread that invokes, in this order: open() once, write() for each piece. A function that does not
    stream its answer calls neither: the answer is the outcome's payload. Nothing here raises: the function runs on,
    and is billed, when its caller has gone.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
    """

    def open(self, content_type: str) -> None:
        """The function began to answer."""

    def write(self, data: bytes, wait_s: float) -> None:
        """It wrote something. A caller who does not take it within `wait_s` seconds has gone."""

    def let_go(self) -> None:
        """From any thread: do not wait for the caller any more."""


@dataclass(frozen=True)
class Outcome:
    """What came of one invocation."""

    request_id: str
    payload: bytes
    """The function's result, or the error document, as JSON bytes; empty when a ResponseStream took the result."""
    error: bool
    """True when AWS would send `X-Amz-Function-Error: Unhandled`."""
    log: str
    """What this invocation added to the log, from START to REPORT (with what a cold start printed before it)."""
    duration_ms: float
    billed_ms: int
    init_ms: float | None
    """How long Init took when this invocation had to wait for it (a cold start); None on a warm one."""
    max_memory_mb: int
    error_type: str | None = None
    restore_ms: float | None = None
    """How long the restore from a snapshot took, when this invocation had to wait for it."""
    content_type: str = ""
    """What a streamed answer says it is; the payload may be any bytes then. An answer that is not streamed is JSON."""

    @property
    def log_tail(self) -> bytes:
        """The last 4 KB of the log: what `LogType="Tail"` returns.

        Source: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
        """
        return self.log.encode("utf-8")[-4096:]
