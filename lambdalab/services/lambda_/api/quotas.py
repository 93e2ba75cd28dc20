"""What AWS's model lets through and Lambda refuses all the same: quotas, and members that need each other.

Numbers: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html; the timeout, which grew from 900 s in
November 2026: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html. Wording: as AWS documents it or as
reports quote it. The model's own limits are wider than the quotas (32,768 MB of memory, 5,400 s): they hold for
functions of other kinds. Two wordings are known for a value between quota and model; each is used where it was seen:
memory and /tmp as "'MemorySize' value failed to satisfy constraint" (InvalidParameterValueException), the timeout
as a ValidationException.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from . import runtimes
from .constraints import summary
from .errors import error

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME_LENGTH = 64
MEMORY_MB = 10_240
EPHEMERAL_STORAGE_MB = 10_240
TIMEOUT_S = 1_800
ENVIRONMENT_BYTES = 4_096
TAGS = 50
REQUEST_BYTES = 70_167_211
"""A request that carries a package: 50 MB of zip, in base64, and the rest."""

RESERVED_VARIABLES = frozenset(
    # https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
    [
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_LAMBDA_RUNTIME_API",
        "LAMBDA_TASK_ROOT",
        "LAMBDA_RUNTIME_DIR",
    ]
)
_ENVIRONMENT = "Lambda was unable to configure your environment variables because the environment variables you have "


def check(operation: str, request: Mapping[str, Any], size: int, now: float) -> None:
    """Refuse a request that fits the model. `size` is that of its body, `now` what the lab's clock shows."""
    if operation in ("CreateFunction", "UpdateFunctionCode") and size > REQUEST_BYTES:
        message = f"Request must be smaller than {REQUEST_BYTES} bytes for the {operation} operation"
        raise error("RequestEntityTooLargeException", message, 413)
    if operation == "CreateFunction":
        _configuration(request)
        _function(request)
        _source(request["Code"])
        if request.get("Runtime"):
            runtimes.check(request["Runtime"], now, update=False)
        _tags(request.get("Tags", {}))
    elif operation == "UpdateFunctionConfiguration":
        _configuration(request)
        if request.get("Runtime"):
            runtimes.check(request["Runtime"], now, update=True)
    elif operation == "UpdateFunctionCode":
        _source(request)
    elif operation == "TagResource":
        _tags(request["Tags"])
        if not request["Tags"]:
            raise _invalid("An error occurred and the request cannot be processed.")


def _configuration(request: Mapping[str, Any]) -> None:
    """What CreateFunction and UpdateFunctionConfiguration share."""
    timeout = request.get("Timeout") or 0
    if timeout > TIMEOUT_S:
        constraint = f"Member must have value less than or equal to {TIMEOUT_S}"
        broken = f"Value '{timeout}' at 'timeout' failed to satisfy constraint: {constraint}"
        raise error("ValidationException", summary([broken]))
    _at_most(MEMORY_MB, request.get("MemorySize"), "MemorySize")
    _at_most(EPHEMERAL_STORAGE_MB, (request.get("EphemeralStorage") or {}).get("Size"), "EphemeralStorage.Size")
    _environment((request.get("Environment") or {}).get("Variables") or {})


def _at_most(limit: int, value: int | None, name: str) -> None:
    if value is not None and value > limit:
        raise _invalid(
            f"'{name}' value failed to satisfy constraint: Member must have value less than or equal to {limit}"
        )


def _environment(variables: Mapping[str, str]) -> None:
    reserved = [name for name in variables if name in RESERVED_VARIABLES]
    if reserved:
        raise _invalid(
            f"{_ENVIRONMENT}provided contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}"
        )
    measured = json.dumps(variables, separators=(",", ":"), ensure_ascii=False)
    if len(measured.encode("utf-8", "surrogatepass")) > ENVIRONMENT_BYTES:
        raise _invalid(f"{_ENVIRONMENT}provided exceeded the 4KB limit. String measured: {measured}")


def _function(request: Mapping[str, Any]) -> None:
    name = request["FunctionName"].rpartition(":function:")[2]
    if len(name) > NAME_LENGTH:
        constraint = f"Member must have length less than or equal to {NAME_LENGTH}"
        broken = f"Value '{name}' at 'functionName' failed to satisfy constraint: {constraint}"
        raise error("ValidationException", summary([broken]))
    if (request.get("PackageType") or "Zip") == "Zip" and not (request.get("Runtime") and request.get("Handler")):
        raise _invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.")


def _source(code: Mapping[str, Any]) -> None:
    """Where the code comes from: a zip, an object in S3, or an image."""
    in_s3 = code.get("S3Bucket") or code.get("S3Key") or code.get("S3ObjectVersion")
    if code.get("ZipFile") and in_s3:
        raise _invalid("Please do not provide other FunctionCode parameters when providing a ZipFile.")
    if not (code.get("ZipFile") or (code.get("S3Bucket") and code.get("S3Key")) or code.get("ImageUri")):
        raise _invalid("Please provide a source for function code.")


def _tags(tags: Mapping[str, str] | None) -> None:
    if len(tags or {}) > TAGS:
        raise _invalid("Number of tags exceeds resource tag limit.")


def _invalid(message: str) -> Exception:
    return error("InvalidParameterValueException", message)
