"""A refusal, sent as the protocol of its service wants it."""

from __future__ import annotations

import warnings
from typing import Any, NoReturn


def refuse(response: Any, code: str, status: int, message: str) -> NoReturn:
    """Answer a request, which moto has read, with an error."""
    from moto.s3.exceptions import S3ClientError
    from werkzeug.exceptions import HTTPException

    if response.service_name == "s3":
        error = S3ClientError(code, message)
        error.status = status
        raise error
    _, _, body = answer(response, code, status, message)
    raise _answered(HTTPException, status, body)


def answer(response: Any, code: str, status: int, message: str) -> tuple[int, dict[str, Any], str]:
    """The error as moto's own answer: status, headers and body."""
    from moto.core.exceptions import ServiceException
    from moto.core.responses import ActionResult

    # moto finds the service's error shapes by the module of the exception's class.
    refusal = type("Refused", (ServiceException,), {"__module__": f"moto.{response.boto3_service_name}.refused"})(
        code, message
    )
    with warnings.catch_warnings():  # many services' models do not list the one error that all of them give
        warnings.simplefilter("ignore")
        _, headers, body = response.serialized(ActionResult(refusal))
    response.response_headers.update({**headers, "status": status})
    return status, response.response_headers, body


def _answered(kind: type[Any], status: int, body: str) -> Any:
    """The exception with which moto sends an answer that is ready."""
    error = kind(description=body)
    error.code = status
    return error
