"""The door into moto's core: how the lab gets between a request and its operation, and how it denies one there.

moto asks one method before each operation whether it may go on, another before each of S3's, and does nothing there
unless configured to. The lab answers instead, in the server and in the page alike. Both are replaced from the outside:
their bodies import moto's own access control, and with it S3 and EventBridge.
"""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import parse_qs, urlsplit

from lambdalab.moto_patches import Patch, missing, missing_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/")
_WHY = "moto does not enforce policies; what it can enforce knows no conditions and few resources"


def patches(authorize: Callable[[Any, str], None]) -> tuple[Patch, ...]:
    """`authorize` gets each request (moto's response object) and the ARN that moto found in it. It raises to deny."""

    def normal_action(response: Any, resource: str = "*") -> None:
        authorize(response, resource)

    def s3_action(response: Any, bucket_name: str | None = None, key_name: str | None = None) -> None:
        resource = f"arn:aws:s3:::{bucket_name or '*'}"
        authorize(response, f"{resource}/{key_name}" if key_name else resource)

    return (
        Patch(
            "moto.core.authorization",
            "ActionAuthenticatorMixin",
            "_authenticate_and_authorize_normal_action",
            ("self", "resource"),
            lambda original: normal_action,
            _WHY,
        ),
        Patch(
            "moto.core.authorization",
            "ActionAuthenticatorMixin",
            "_authenticate_and_authorize_s3_action",
            ("self", "bucket_name", "key_name"),
            lambda original: s3_action,
            _WHY,
        ),
    )


def misfits() -> Iterator[str]:
    """What moto's core lacks of what is used here."""
    yield from missing_in("moto.core.exceptions", "ServiceException")
    yield from missing_in("moto.core.utils", "get_service_model")
    yield from missing_in("moto.core.responses", "ActionResult", "BaseResponse")
    from moto.core.responses import BaseResponse

    yield from missing(
        BaseResponse, "_get_action", "_get_param", "boto3_service_name", "call_action", "serialized", "setup_class"
    )


def service_model(service: str) -> Any:
    """AWS's model of a service, as boto3 names it."""
    from moto.core.utils import get_service_model

    return get_service_model(service)


def service_of(response: Any) -> str:
    """The service of a request, as boto3 names it."""
    return str(response.boto3_service_name or response.service_name)


def operation_of(response: Any) -> str:
    """The operation of a request: PutItem. moto finds S3's by path and method, and only later."""
    return str(response._get_action())


def parameter_of(response: Any) -> Callable[[str], Any] | None:
    """What gives a request's parameters, if moto has read them by AWS's model."""
    if response.service_name == "s3" or response.automated_parameter_parsing:
        get: Callable[[str], Any] = response._get_param
        return get
    return None


def access_key_of(response: Any) -> str:
    """The access key id that signed a request; empty if it isn't signed."""
    return access_key(response.headers, response.uri)


def access_key(headers: Mapping[str, str] | Any, url: str) -> str:
    """The access key id in a request's header or in its presigned URL; empty if it isn't signed."""
    if found := _CREDENTIAL.search(headers.get("Authorization") or ""):
        return found[1]
    query = parse_qs(urlsplit(url).query)
    credential = query.get("X-Amz-Credential") or query.get("AWSAccessKeyId") or [""]
    return credential[0].partition("/")[0]


def deny(response: Any, code: str, status: int, message: str) -> NoReturn:
    """Answer a request with an error, in the form of its service's protocol."""
    from werkzeug.exceptions import HTTPException

    _, _, body = error(response, code, status, message)
    raise _with_body(HTTPException, status, body)


def error(response: Any, code: str, status: int, message: str) -> tuple[int, dict[str, Any], str]:
    """The error as moto's own response: status, headers and body."""
    from moto.core.exceptions import ServiceException
    from moto.core.responses import ActionResult

    # moto finds the service's error shapes by the module of the exception's class.
    denied = type("Denied", (ServiceException,), {"__module__": f"moto.{response.boto3_service_name}.denied"})(
        code, message
    )
    with warnings.catch_warnings():  # many services' models do not list the one error that all of them give
        warnings.simplefilter("ignore")
        _, headers, body = response.serialized(ActionResult(denied))
    response.response_headers.update({**headers, "status": status})
    return status, response.response_headers, body


def _with_body(kind: type[Any], status: int, body: str) -> Any:
    """The exception with which moto sends a response that is ready."""
    error = kind(description=body)
    error.code = status
    return error
