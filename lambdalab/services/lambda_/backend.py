"""The door into moto's Lambda: what the lab replaces there, and functions, versions and aliases as moto keeps them.

A `group` is what moto keeps of one function: {"latest": …, "versions": […]}. A version, "latest" too, is `stored`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto.awslambda.exceptions import FunctionAlreadyExists, UnknownFunctionException, UnknownLayerException
from moto.awslambda.models import EventSourceMapping, LambdaAlias, get_backend, lambda_backends
from moto.awslambda.policy import Policy
from moto.awslambda.responses import LambdaResponse
from moto.awslambda.urls import url_paths
from moto.core.exceptions import JsonRESTError
from moto.core.utils import get_service_model
from moto.s3.exceptions import MissingBucket

from lambdalab.moto_patches import Change, Patch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "AnyPath",
    "FunctionAlreadyExists",
    "JsonRESTError",
    "LambdaAlias",
    "LambdaResponse",
    "MissingBucket",
    "Policy",
    "UnknownFunctionException",
    "UnknownLayerException",
    "aliases_in",
    "all_backends",
    "as_sent",
    "backend_of",
    "find_function",
    "functions_by_arn",
    "functions_of",
    "get_backend",
    "layers_of",
    "mappings_of",
    "misfits",
    "new_mapping",
    "object_in_s3",
    "operation_of",
    "parameter",
    "put_metric",
    "replace",
    "replace_call_in_page",
    "resource_of",
    "service_model",
    "url_paths",
]


def replace(name: str, parameters: tuple[str, ...], replacement: Callable[[Any], Any], why: str) -> Patch:
    """A change of one of moto's methods: "LambdaResponse.invoke". `replacement` gets what was there."""
    owner, _, attribute = name.partition(".")
    module = {"LambdaResponse": ".responses", "models": ""}.get(owner, ".models")
    return Patch(f"moto.awslambda{module}", owner, attribute, parameters, replacement, why)


@dataclass(frozen=True)
class AnyPath(Change):
    """Every path of Lambda's API reaches the lab's checks, whatever characters a name has in it."""

    why: str = "moto's patterns know no $LATEST behind a function's name, and answer with a page of HTML"
    name: str = "moto.awslambda.urls.url_paths"

    _PATTERN = r"{0}/(?P<api_version>\d+-\d+-\d+)/(?P<rest>[\s\S]+)$"

    def misfits(self) -> Iterator[str]:
        """Nothing to check: `AddedOperation` does."""
        yield from ()

    def apply(self) -> Callable[[], None]:
        """Add a pattern behind the others."""
        url_paths[self._PATTERN] = LambdaResponse.dispatch

        def undo() -> None:
            url_paths.pop(self._PATTERN, None)

        return undo


def replace_call_in_page(replacement: Callable[[Any], Any], why: str) -> Patch:
    """A change of how moto answers a call where there is no server: in the page."""
    return Patch(
        "moto.core.botocore_stubber", "BotocoreStubber", "process_request", ("self", "request"), replacement, why
    )


def service_model() -> Any:
    """AWS's model of Lambda's API, as botocore has it."""
    return get_service_model("lambda")


def operation_of(response: Any) -> str | None:
    """The operation that a request's method and path stand for, by AWS's name; None if there is none."""
    name: str | None = response._get_action_from_method_and_request_uri(response.normalized_request)
    return name


def as_sent(response: Any, description: str, headers: dict[str, Any]) -> Any:
    """Status, headers and body of an error, as moto would have sent it, had it been raised in an operation."""
    status, headers, body = response._transform_response(response.response_headers, (description, headers))
    headers, body = response._enrich_response(headers, body)
    return status, headers, body


def parameter(response: Any, name: str) -> Any:
    """A parameter of a request, from its query or its body."""
    return response._get_param(name)


def functions_of(backend: Any) -> dict[str, Any]:
    """The groups of an account and Region, by the name of the function."""
    found: dict[str, Any] = backend._lambdas._functions
    return found


def aliases_in(backend: Any) -> dict[str, dict[str, Any]]:
    """All aliases, by the function's ARN and their name."""
    found: dict[str, dict[str, Any]] = backend._lambdas._aliases
    return found


def functions_by_arn(backend: Any) -> dict[str, Any]:
    """All versions, by their ARN."""
    found: dict[str, Any] = backend._lambdas._arns
    return found


def layers_of(backend: Any) -> dict[str, Any]:
    """Layers, by ARN."""
    found: dict[str, Any] = backend._layers._layers
    return found


def backend_of(account: str, region: str) -> Any:
    """What moto keeps of Lambda in an account and Region."""
    return lambda_backends[account][region]


def all_backends() -> Iterator[Any]:
    """Of every account and Region in which something was done with Lambda."""
    for regions in list(lambda_backends.values()):  # looking one up takes a lock that all of moto shares
        yield from list(regions.values())


def find_function(arn: str) -> Any:
    """The function that an ARN leads to, in the version that it names; None if there is none."""
    parts = arn.split(":")
    _, _, _, region, account, _, name = parts[:7]
    try:
        return lambda_backends[account][region].get_function(name, parts[7] if len(parts) > 7 else None)
    except UnknownFunctionException:
        return None


class _Mapping(EventSourceMapping):
    """An event source mapping as moto keeps it. moto knows three kinds of sources; which there are, the rooms say."""

    def _get_service_source_from_arn(self, event_source_arn: str | None = None) -> str:
        return "sqs"


def new_mapping(backend: Any, uuid: str, name: str, function_arn: str, source_arn: str, tags: Any) -> Any:
    """An event source mapping, in an account and Region, that is not stored yet."""
    region, account = backend.region_name, backend.account_id
    made = _Mapping(
        {
            "RegionName": region,
            "AccountId": account,
            "FunctionName": name,
            "FunctionArn": function_arn,
            "EventSourceArn": source_arn,
            "Tags": tags,
        }
    )
    made.uuid, made.arn = uuid, f"arn:aws:lambda:{region}:{account}:event-source-mapping:{uuid}"
    return made


def mappings_of(backend: Any) -> dict[str, Any]:
    """Event source mappings, by UUID."""
    found: dict[str, Any] = backend._event_source_mappings
    return found


def resource_of(backend: Any, arn: str) -> Any:
    """What has tags and this ARN, and is no function: an event source mapping."""
    return backend._get_resource_by_arn(arn)


def object_in_s3(account: str, partition: str, bucket: Any, key: Any, version: Any) -> Any:
    """An object that is to be a package; None if there is none. MissingBucket."""
    from moto.s3.models import s3_backends

    return s3_backends[account][partition].get_object(bucket, key, version_id=version)


def put_metric(stored: Any, datum: dict[str, Any]) -> None:
    """A datum of the namespace AWS/Lambda, in the function's account and Region."""
    from moto.cloudwatch.models import cloudwatch_backends

    cloudwatch_backends[stored.account_id][stored.region].put_metric_data("AWS/Lambda", [datum])


def misfits() -> Iterator[str]:
    """What moto does not have as it is used here."""
    backend = lambda_backends["000000000000"]["us-east-1"]
    try:
        for owner, names in (
            (backend, ("_lambdas", "_layers", "_event_source_mappings", "_get_resource_by_arn", "get_function")),
            (getattr(backend, "_lambdas", None), ("_functions", "_aliases", "_arns")),
            (getattr(backend, "_layers", None), ("_layers",)),
            (EventSourceMapping, ("_get_service_source_from_arn", "event_source_arn", "batch_size")),
            (
                LambdaResponse,
                (
                    "_get_param",
                    "_get_action_from_method_and_request_uri",
                    "_transform_response",
                    "_enrich_response",
                    "dispatch",
                ),
            ),
        ):
            for name in names:
                if not hasattr(owner, name):
                    yield f"{owner if isinstance(owner, type) else type(owner).__name__} has no {name}"
    finally:
        lambda_backends.pop("000000000000", None)
