"""Makes the slim site-packages for the page out of the virtual environment's own packages.

`contents.py` says what goes in; `bundle.py` calls `build` and compiles and packs the result. 60 MB become about 10 MB
of files. botocore's models lose only their documentation strings: blanked, not deleted, because some keys must exist.
"""

from __future__ import annotations

import ast
import gzip
import json
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from tools.browser import contents

if TYPE_CHECKING:
    from collections.abc import Iterator


def versions() -> dict[str, str]:
    """Name and version of each package that goes in: the bundle is built again when one of them changes."""
    names = {*contents.PACKAGES, *contents.SINGLE_FILES.values()}
    return {name: metadata.version(name) for name in sorted(names)}


def build(target: Path) -> int:
    """Write the slim tree below *target* and return how many files it has."""
    count = 0
    for path, data in _files():
        file = target / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        count += 1
    for name, text in contents.REPLACED.items():
        file = target / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return count


def _files() -> Iterator[tuple[PurePosixPath, bytes]]:
    for name in sorted(contents.PACKAGES):
        distribution = metadata.distribution(name)
        newest = _newest_models(distribution) if name == "botocore" else {}
        for entry in sorted(distribution.files or []):
            path = PurePosixPath(entry.as_posix())
            if not _wanted(path):
                continue
            if _is_model(path) and newest.get(path.parts[2]) != path.parts[3]:
                continue
            source = Path(str(distribution.locate_file(entry)))
            if source.is_file():
                yield _slim(path, source)
    for name, package in contents.SINGLE_FILES.items():
        yield PurePosixPath(name), Path(str(metadata.distribution(package).locate_file(name))).read_bytes()


def _wanted(path: PurePosixPath) -> bool:
    text, parts = path.as_posix(), path.parts
    if ".." in parts or "__pycache__" in parts or text.endswith(contents.SUFFIXES_LEFT_OUT):
        return False
    if text.startswith(contents.LEFT_OUT) or text in contents.REPLACED:
        return False
    if text.startswith("urllib3/contrib/emscripten/"):
        return False
    if parts[0].endswith(".dist-info"):
        return parts[-1] == "METADATA"
    if parts[0] == "moto" and len(parts) > 2:
        return parts[1] in contents.MOTO
    if _is_model(path):
        return parts[2] in contents.SERVICES and not parts[-1].startswith("examples")
    return True


def _is_model(path: PurePosixPath) -> bool:
    """Tell whether this is one of botocore's botocore/data/<service>/<version>/<file> models."""
    return path.parts[:2] == ("botocore", "data") and len(path.parts) == 5


def _newest_models(botocore: metadata.Distribution) -> dict[str, str]:
    """The newest API version of each service: botocore loads that one unless told otherwise."""
    newest: dict[str, str] = {}
    for entry in botocore.files or []:
        path = PurePosixPath(entry.as_posix())
        if _is_model(path):
            service, version = path.parts[2:4]
            newest[service] = max(version, newest.get(service, ""))
    return newest


def _slim(path: PurePosixPath, source: Path) -> tuple[PurePosixPath, bytes]:
    data = source.read_bytes()
    name = path.as_posix()
    if path.name == "METADATA" and path.parts[0].endswith(".dist-info"):
        return path, _short_metadata(data)
    if _is_model(path):
        if path.suffix == ".gz":
            path, data = path.with_suffix(""), gzip.decompress(data)
        return path, _compact(_without_documentation(json.loads(data)))
    if name == "botocore/data/endpoints.json":
        return path, _compact(_aws_endpoints(json.loads(data)))
    if name == "moto/iam/aws_managed_policies.py":
        return path, _fewer_policies(source.read_text())
    if path.suffix == ".json":
        return path, _compact(json.loads(data))
    return path, data


def _compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _without_documentation(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: ""
            if key in ("documentation", "documentationUrl") and isinstance(item, str)
            else _without_documentation(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_without_documentation(item) for item in value]
    return value


def _aws_endpoints(endpoints: dict[str, Any]) -> dict[str, Any]:
    """Keep the standard partition, and in it the services of the course."""
    keep = contents.SERVICES | contents.ENDPOINT_NAMES
    partitions = [partition for partition in endpoints["partitions"] if partition["partition"] == "aws"]
    for partition in partitions:
        partition["services"] = {name: item for name, item in partition["services"].items() if name in keep}
    return {**endpoints, "partitions": partitions}


def _fewer_policies(source: str) -> bytes:
    """Cut moto's managed policies, a module that assigns one big JSON text to one name."""
    for node in ast.parse(source).body:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Constant)
        ):
            policies = json.loads(str(node.value.value))
            kept = {name: policy for name, policy in policies.items() if contents.MANAGED_POLICIES.fullmatch(name)}
            return f"{node.targets[0].id} = {json.dumps(kept, separators=(',', ':'))!r}\n".encode()
    raise RuntimeError(
        "moto/iam/aws_managed_policies.py no longer assigns one JSON text. Look at it, and adapt "
        "tools/browser/packages.py."
    )


def _short_metadata(data: bytes) -> bytes:
    """Name and version are all that importlib.metadata is asked for."""
    lines = data.decode().splitlines()
    return (
        "\n".join(line for line in lines if line.startswith(("Metadata-Version:", "Name:", "Version:"))).encode()
        + b"\n"
    )
