"""Deployment packages: a zip archive on its way to /var/task.

A package comes from whoever may create a function, so it is unpacked with suspicion: no entry may leave the folder,
none may be a link or a device, and what it unpacks to is counted while it is written, not believed from its table
of contents. Limits: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

from __future__ import annotations

import base64
import hashlib
import io
import stat
import zipfile
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

UNZIPPED_LIMIT = 262_144_000
"""Bytes that a package may unpack to: 250 MB."""

_CHUNK = 1 << 16


class BadPackage(ValueError):
    """The bytes are not a deployment package that Lambda would take. The message is AWS's where AWS has one."""


@dataclass(frozen=True)
class DeploymentPackage:
    """The bytes of a zip archive."""

    data: bytes

    @cached_property
    def sha256(self) -> str:
        """`CodeSha256`: the digest of the archive, in base64."""
        return base64.b64encode(hashlib.sha256(self.data).digest()).decode()

    def __hash__(self) -> int:
        return hash(self.sha256)

    def check(self) -> None:
        """Refuse what Lambda refuses when a function is created or updated. Raises BadPackage."""
        archive = self._open()
        entries = archive.infolist()
        if not entries:
            raise BadPackage("Uploaded file must be a non-empty zip")
        if sum(entry.file_size for entry in entries) > UNZIPPED_LIMIT:
            raise BadPackage(f"Unzipped size must be smaller than {UNZIPPED_LIMIT} bytes")
        for entry in entries:
            _checked_path(entry)

    def unpack(self, folder: Path) -> None:
        """Write the package's files below `folder`, which must exist. Raises BadPackage."""
        self.check()
        left = UNZIPPED_LIMIT
        archive = self._open()
        for entry in archive.infolist():
            target = folder.joinpath(*_checked_path(entry).parts)
            if entry.is_dir():
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                with archive.open(entry) as source, target.open("wb") as sink:
                    while chunk := source.read(_CHUNK):
                        left -= len(chunk)
                        if left < 0:
                            raise BadPackage(f"Unzipped size must be smaller than {UNZIPPED_LIMIT} bytes")
                        sink.write(chunk)
            except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
                raise BadPackage(
                    "Could not unzip uploaded file. Please check your file, then try to upload again."
                ) from error
            mode = (entry.external_attr >> 16) & 0o777
            target.chmod((mode or 0o644) | 0o400)

    def _open(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(io.BytesIO(self.data))
        except (zipfile.BadZipFile, ValueError, EOFError) as error:
            raise BadPackage(
                "Could not unzip uploaded file. Please check your file, then try to upload again."
            ) from error


def _checked_path(entry: zipfile.ZipInfo) -> PurePosixPath:
    """Where an entry goes, below the task root. Refuses absolute paths, "..", links and devices."""
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    kind = stat.S_IFMT(entry.external_attr >> 16)
    outside = path.is_absolute() or ".." in path.parts or (bool(path.parts) and path.parts[0].endswith(":"))
    if outside or kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise BadPackage(
            f"The lab does not unpack {entry.filename!r}: an entry of a deployment package must be a plain file or "
            "folder inside it, not a link and not a path that leads out."
        )
    return path
