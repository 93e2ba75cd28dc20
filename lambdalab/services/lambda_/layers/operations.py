"""Layer versions: what may be published, what a function may refer to, and what it keeps when a version is deleted.

moto stores layer versions and counts them. Here their archives are checked as AWS checks them, a function's list is
held to AWS's rules, and each entry of that list brings the archive along: AWS keeps a deleted version for as long as
a function refers to it.
https://docs.aws.amazon.com/lambda/latest/api/API_DeleteLayerVersion.html
A new list is held to what exists now, also where it repeats what the function has: Lambda's console says of a deleted
version that it must leave the list "before you can save any changes". AWS's documentation does not mention that case.

`CompatibleRuntimes` is for searching only: AWS lets a function use a layer that does not name its runtime, and so
does the lab. The messages are AWS's, as reported by those who met them.
"""

from __future__ import annotations

import contextlib
import json
import re
from typing import TYPE_CHECKING, Any

from lambdalab.moto_patches import AddedOperation
from lambdalab.runtime import LAYER_LIMIT, UNZIPPED_LIMIT, BadPackage, DeploymentPackage
from lambdalab.services.lambda_.api.errors import error, statement_exists
from lambdalab.services.lambda_.backend import UnknownLayerException, get_backend, layers_of, parameter, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lambdalab.moto_patches import Change
    from lambdalab.services.parts import LabParts

_VERSION_ARN = re.compile(
    r"arn:[a-zA-Z0-9-]+:lambda:(?P<region>[a-zA-Z0-9-]+):(?P<account>\d{12}):layer:[a-zA-Z0-9-_]+:[0-9]+"
)


class LayerOfFunction(dict[str, Any]):
    """An entry of a function's `Layers`, as moto keeps and prints it, and the archive that it stands for."""

    package: DeploymentPackage


def patches(lab: LabParts) -> tuple[Change, ...]:
    """Layers are checked when they are published and when a function refers to them."""
    return (
        replace(
            "LayerStorage.put_layer_version",
            ("self", "layer_version"),
            _checked_version,
            "moto stores bytes that are no zip; AWS unpacks them and refuses",
        ),
        replace(
            "LambdaFunction._get_layers_data",
            ("self", "layers_versions_arns"),
            lambda original: _layers_of,
            "moto checks existence only, finds a layer of another account by its name, and forgets deleted versions",
        ),
        replace(
            "LambdaBackend.get_layer_version",
            ("self", "layer_name", "layer_version"),
            _existing_version,
            "AWS's message for a layer version that is not there",
        ),
        replace(
            "LambdaBackend.add_layer_version_permission",
            ("self", "layer_name", "version_number", "statement"),
            lambda original: _add_permission,
            "moto's principal is an account's bare number; it drops OrganizationId and takes a statement id twice",
        ),
        replace(
            "LambdaResponse.delete_layer_version",
            ("self",),
            _delete,
            "AWS answers 204, whether there is such a version or not",
        ),
        replace(
            "LambdaResponse.list_layers",
            ("self",),
            lambda original: _list_layers,
            "moto ignores CompatibleRuntime and CompatibleArchitecture",
        ),
        replace(
            "LambdaResponse.list_layer_versions",
            ("self",),
            lambda original: _list_layer_versions,
            "moto ignores CompatibleRuntime and CompatibleArchitecture, and does not know a layer by its ARN",
        ),
        AddedOperation("GetLayerVersionByArn", _by_arn),
    )


def packages(stored: Any) -> tuple[DeploymentPackage, ...]:
    """The archives of a function's layers, in their order."""
    return tuple(layer.package for layer in stored.layers)


def check_size(code: DeploymentPackage, layers: Sequence[DeploymentPackage]) -> None:
    """Refuse a function whose code and layers together are too large when unzipped."""
    of_layers = sum(layer.unzipped_size for layer in layers)
    if of_layers > UNZIPPED_LIMIT:
        raise error(
            "InvalidParameterValueException", f"Layers consume more than the available size of {UNZIPPED_LIMIT} bytes"
        )
    size = of_layers + (code.unzipped_size if layers else 0)
    if size > UNZIPPED_LIMIT:
        raise error(
            "InvalidParameterValueException",
            f"Function code combined with layers exceeds the maximum allowed size of {UNZIPPED_LIMIT} bytes. "
            f"The actual size is {size} bytes.",
        )


def _checked_version(original: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    def put_layer_version(storage: Any, layer_version: Any) -> None:
        try:
            DeploymentPackage(layer_version.code_bytes).check()
        except BadPackage as problem:
            raise error("InvalidParameterValueException", str(problem)) from None
        original(storage, layer_version)

    return put_layer_version


def _layers_of(stored: Any, arns: list[str]) -> list[LayerOfFunction]:
    """A function's new list of layers. On an update the code is there already, and counts."""
    if len(arns) > LAYER_LIMIT:
        raise error("InvalidParameterValueException", f"Cannot reference more than {LAYER_LIMIT} layers.")
    layers: list[LayerOfFunction] = []
    seen: dict[str, str] = {}
    for arn in arns:
        layers.append(_find(stored, arn))
        name = arn.rpartition(":")[0]
        if name in seen:
            raise error(
                "InvalidParameterValueException",
                "Two different versions of the same layer are not allowed to be referenced in the same function. "
                f"{seen[name]} and {arn} are versions of the same layer.",
            )
        seen[name] = arn
    if "code_bytes" in vars(stored):
        check_size(DeploymentPackage(stored.code_bytes), [layer.package for layer in layers])
    return layers


def _find(stored: Any, arn: str) -> LayerOfFunction:
    """The layer version of this ARN, as a function refers to it."""
    parts = _VERSION_ARN.fullmatch(arn)
    if parts is None:
        raise error(
            "ValidationException",
            f"1 validation error detected: Value '[{arn}]' at 'layers' failed to satisfy constraint: Member must "
            r"satisfy constraint: [Member must have length less than or equal to 2048, Member must have length greater "
            r"than or equal to 1, Member must satisfy regular expression pattern: "
            r"(arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:"
            r"layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+), "
            r"Member must not be null]",
        )
    if parts["account"] != stored.account_id:
        raise error(
            "AccessDeniedException",
            f"User: arn:aws:iam::{stored.account_id}:root is not authorized to perform: lambda:GetLayerVersion on "
            f"resource: {arn} because no resource-based policy allows the lambda:GetLayerVersion action",
            status=403,
        )
    if parts["region"] != stored.region:
        raise error(
            "InvalidParameterValueException",
            f"Layers are not in the same region as the function. Layers are expected to be in region {stored.region}.",
        )
    version = get_backend(stored.account_id, stored.region).layers_versions_by_arn(arn)
    if version is None:
        raise error("InvalidParameterValueException", f"Layer version {arn} does not exist.")
    layer = LayerOfFunction(Arn=version.arn, CodeSize=version.code_size)
    layer.package = DeploymentPackage(version.code_bytes)
    return layer


def _existing_version(original: Callable[..., Any]) -> Callable[..., Any]:
    def get_layer_version(backend: Any, layer_name: str, layer_version: str) -> Any:
        try:
            return original(backend, layer_name, layer_version)
        except UnknownLayerException:
            raise error("ResourceNotFoundException", "The resource you requested does not exist.", status=404) from None

    return get_layer_version


def _add_permission(backend: Any, layer_name: str, version_number: int, statement: str) -> tuple[dict[str, Any], str]:
    """AddLayerVersionPermission: for one account, for an organization, or for all.

    https://docs.aws.amazon.com/lambda/latest/dg/permissions-layer-cross-account.html
    """
    policy = backend.get_layer_version(layer_name, str(version_number)).policy
    given = json.loads(statement)
    if any(each["Sid"] == given["StatementId"] for each in policy.statements):
        raise statement_exists(given["StatementId"])
    added: dict[str, Any]
    added, revision = policy.add_statement(statement)
    added.pop("OrganizationId", None)
    if given["Principal"] != "*":
        added["Principal"] = {"AWS": f"arn:aws:iam::{given['Principal']}:root"}
    if organization := given.get("OrganizationId"):
        added["Condition"] = {"StringEquals": {"aws:PrincipalOrgID": organization}}
    return added, revision


def _by_arn(response: Any) -> tuple[int, dict[str, str], str]:
    """GetLayerVersionByArn."""
    name, _, version = parameter(response, "Arn").rpartition(":layer:")[2].rpartition(":")
    return 200, {}, json.dumps(response.backend.get_layer_version(name, version).get_layer_version())


def _delete(original: Callable[[Any], str]) -> Callable[[Any], Any]:
    def delete_layer_version(response: Any) -> tuple[int, dict[str, int], str]:
        with contextlib.suppress(UnknownLayerException):
            original(response)
        return 204, {"status": 204}, ""

    return delete_layer_version


def _list_layers(response: Any) -> str:
    """ListLayers: of each layer the newest version that fits."""
    layers = []
    for layer in layers_of(response.backend).values():
        versions = [version for version in _newest_first(layer.layer_versions.values()) if _fits(response, version)]
        if versions:
            latest = {"LatestMatchingVersion": versions[0].get_layer_version()}
            layers.append({"LayerName": layer.name, "LayerArn": layer.layer_arn, **latest})
    return json.dumps({"Layers": layers})


def _list_layer_versions(response: Any) -> str:
    """ListLayerVersions: the newest first; nothing for a layer that is not there."""
    from urllib.parse import unquote

    name = unquote(response.path.rsplit("/", 2)[-2]).rpartition(":")[2]
    versions = _newest_first(response.backend.list_layer_versions(name))
    return json.dumps(
        {"LayerVersions": [version.get_layer_version() for version in versions if _fits(response, version)]}
    )


def _newest_first(versions: Any) -> list[Any]:
    return sorted(versions, key=lambda version: version.version, reverse=True)


def _fits(response: Any, version: Any) -> bool:
    """Whether a version names the runtime and the architecture that were asked for."""
    runtime = parameter(response, "CompatibleRuntime")
    architecture = parameter(response, "CompatibleArchitecture")
    return (not runtime or runtime in version.compatible_runtimes) and (
        not architecture or architecture in version.compatible_architectures
    )
