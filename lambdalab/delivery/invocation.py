"""Why Lambda does not run a function: the refusals that every way to a function shares.

The API, the queue of asynchronous events, event source mappings, API Gateway and every other service invoke through the
same method (`lambdalab.services.lambda_.invoke.invocation`). It refuses with one of these types, and each caller turns
that into its own answer: an HTTP status, a retry, a 502, a message that stays in its queue.

A function that ran and failed is no refusal: that is an outcome.
https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors
"""

from __future__ import annotations


class Refused(Exception):
    """Lambda does not run the function. `status` and `code` are those that Invoke answers."""

    status = 400
    code = ""

    @property
    def short(self) -> str:
        """What the lab's own events say of it."""
        return self.code

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message


class NoSuchFunction(Refused):
    """The function, or its version or alias, is not there."""

    status, code = 404, "ResourceNotFoundException"


class RoleCannotBeAssumed(Refused):
    """The execution role is not there any more, or does not trust Lambda."""

    status, code = 403, "AccessDeniedException"


class RecursiveLoop(Refused):
    """The function has run too often in one chain of invocations."""

    status, code = 400, "RecursiveInvocationException"


class NotReady(Refused):
    """The function's State is Pending or Failed."""

    status, code = 409, "ResourceConflictException"


class RuntimeNotSupported(Refused):
    """There is nothing on this machine that runs a function of this runtime."""

    status, code = 502, "InvalidRuntimeException"


class TooManyRequests(Refused):
    """Throttled. `reason` is one of AWS's: ReservedFunctionConcurrentInvocationLimitExceeded …"""

    status, code = 429, "TooManyRequestsException"

    def __init__(self, reason: str) -> None:
        super().__init__("Rate Exceeded.")
        self.reason = reason

    @property
    def short(self) -> str:
        """As CloudWatch counts it: a throttle."""
        return "Throttled"


class ServiceError(Refused):
    """Lambda itself could not: no machine, no memory."""

    status, code = 500, "ServiceException"


class SnapshotNotRestored(Refused):
    """No execution environment came out of a SnapStart snapshot."""

    code = "SnapStartException"

    def __init__(self) -> None:
        super().__init__(
            "The afterRestore() runtime hook encountered an error. For more information, check the Amazon CloudWatch "
            "logs."
        )


class RestoreTimedOut(SnapshotNotRestored):
    """It took longer than Lambda waits."""

    status, code = 408, "SnapStartTimeoutException"

    def __init__(self) -> None:
        Refused.__init__(self, "Lambda couldn't restore the snapshot within the timeout limit.")
