"""Lambda's permissions: Invoke is lambda:InvokeFunction; roles are passed, layers and packages in S3 are read.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lambdalab.authorization.access import Access, access_to, pass_role
from lambdalab.authorization.service_permissions import ServicePermissions, tag_keys
from lambdalab.rooms import part

from . import backend

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambdalab.authorization.access import Call, Context
    from lambdalab.policies import Decision

_INVOKE = {"Invoke": "InvokeFunction", "InvokeAsync": "InvokeFunction", "InvokeWithResponseStream": "InvokeFunction"}
_MAPS = "CreateEventSourceMapping"
_ON_NO_RESOURCE = (
    _MAPS,
    "GetAccountSettings",
    "ListEventSourceMappings",
    "ListFunctions",
    "ListLayerVersions",
    "ListLayers",
)


def _required(call: Call) -> list[Access]:
    required = access_to(call, _resource(call), action=_INVOKE.get(call.operation, ""))
    if call.operation in ("CreateFunction", "UpdateFunctionConfiguration"):
        required += pass_role(call.get("Role"), "lambda.amazonaws.com")
        required += [Access("lambda:GetLayerVersion", str(layer)) for layer in call.get("Layers") or []]
    if package := package_in_s3(call):
        required += _read(package)
    return required


def _resource(call: Call) -> str | None:
    """The function, version, layer or mapping that a call is about."""
    if uuid := call.get("UUID"):
        return call.arn(f"event-source-mapping:{uuid}")
    if call.operation in _ON_NO_RESOURCE:
        return None
    if layer := call.get("LayerName"):
        arn, version = call.named(layer, "layer:"), call.get("VersionNumber")
        return arn if version is None else f"{arn}:{version}"
    if resource := call.get("Resource"):  # tags
        return str(resource)
    name = call.get("FunctionName")
    if name is None:
        return None
    function = str(name).partition("function:")[2] or str(name)  # an ARN, a part of one, or the name
    qualifier = call.get("Qualifier")
    if qualifier and ":" not in function:
        function = f"{function}:{qualifier}"
    return call.arn(f"function:{function}")


@dataclass(frozen=True)
class S3Object:
    """A package that a call names: an object, in its newest version unless the call names one."""

    bucket: str
    key: str
    version: str | None = None

    @property
    def arn(self) -> str:
        """As policies name it."""
        return f"arn:aws:s3:::{self.bucket}/{self.key}"


def package_in_s3(call: Call) -> S3Object | None:
    """The package that a call to Lambda names in S3."""
    member = {"CreateFunction": "Code", "PublishLayerVersion": "Content"}.get(call.operation)
    if member is None and call.operation != "UpdateFunctionCode":
        return None
    get = (call.get(member) or {}).get if member else call.get
    bucket, key = get("S3Bucket"), get("S3Key")
    return S3Object(str(bucket), str(key), get("S3ObjectVersion")) if bucket and key else None


def _read(package: S3Object) -> list[Access]:
    """Lambda reads the package as its caller, who needs permission to: the function's role has no part in it."""
    if package.version:
        return [Access("s3:GetObjectVersion", package.arn)]
    found: list[Access] = part("s3", "permissions").to_get_object(package.arn)
    return found


def _denial(call: Call, access: Access, decision: Decision) -> str | None:
    """When S3 denies it the package, Lambda passes that on in a sentence of its own."""
    package = package_in_s3(call) if access.action.startswith("s3:") else None
    if package is None:
        return None
    return (
        "Your access has been denied by S3, please make sure your request credentials have permission to GetObject "
        f"for {package.bucket}/{package.key}. S3 Error Code: AccessDenied. S3 Error Message: Access Denied"
    )


def _condition_keys(call: Call) -> Mapping[str, str]:
    if call.operation in ("CreateFunctionUrlConfig", "UpdateFunctionUrlConfig"):
        return {"lambda:functionurlauthtype": "AuthType"}
    return {"lambda:principal": "Principal", "lambda:functionurlauthtype": "FunctionUrlAuthType"}


def _policy(region: str, account: str, resource: str) -> Mapping[str, Any] | None:
    """Of a function, or of one of its versions or aliases: each has its own."""
    kind, _, rest = resource.partition(":")
    if kind != "function":
        return None
    function = _latest(region, account, rest.partition(":")[0])
    if function is None:
        return None
    arn = f"arn:aws:lambda:{region}:{account}:{resource}"
    statements = [statement for statement in function.policy.statements if statement["Resource"] == arn]
    return {"Version": "2012-10-17", "Statement": statements} if statements else None


def _keys(region: str, account: str, resource: str) -> Context:
    """Tags are a function's; its versions and aliases have them with it."""
    kind, _, rest = resource.partition(":")
    function = _latest(region, account, rest.partition(":")[0]) if kind == "function" else None
    return tag_keys(function.tags or {}) if function else {}


def _latest(region: str, account: str, name: str) -> Any:
    """$LATEST of a function; None if there is no such function."""
    group = backend.functions_of(backend.backend_of(account, region)).get(name)
    return group["latest"] if group else None


PERMISSIONS = ServicePermissions(
    required_access=_required,
    tagging_actions={"CreateFunction": "TagResource", _MAPS: "TagResource"},
    # A mapping is created without a resource, and tagged as one: its id isn't known before.
    tagged_resource=lambda call, created: (
        call.arn("event-source-mapping:*") if call.operation == _MAPS else created.resource
    ),
    condition_keys=_condition_keys,
    resource_policy=_policy,
    resource_keys=_keys,
    denial=("AccessDeniedException", 403),
    denial_message=_denial,
)
