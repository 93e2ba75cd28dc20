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
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

UNZIPPED_LIMIT = 262_144_000
"""Bytes that a package may unpack to: 250 MB."""

_CHUNK = 1 << 16
_TOO_LARGE = f"Unzipped size must be smaller than {UNZIPPED_LIMIT} bytes"
_NOT_UNZIPPED = "Could not unzip uploaded file. Please check your file, then try to upload again."
# What zipfile raises for archives that are broken or encrypted.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
    EOFError,
)


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
        _ = self.unzipped_size

    @cached_property
    def unzipped_size(self) -> int:
        """Bytes that the files have, as they come out of the archive. Raises BadPackage."""
        left = UNZIPPED_LIMIT
        with self._open() as archive:
            for entry in _entries(archive).values():
                for chunk in _read(archive, entry, left):
                    left -= len(chunk)
        return UNZIPPED_LIMIT - left

    def unpack(self, folder: Path) -> None:
        """Write the package's files below `folder`, which must exist. Raises BadPackage."""
        with self._open() as archive:
            left = UNZIPPED_LIMIT
            for path, entry in _entries(archive).items():
                target = folder.joinpath(*path.parts)
                try:
                    if entry.is_dir():
                        target.mkdir(parents=True, exist_ok=True)
                        continue
                    target.parent.mkdir(parents=True, exist_ok=True)
                    with target.open("xb") as sink:
                        for chunk in _read(archive, entry, left):
                            left -= len(chunk)
                            sink.write(chunk)
                    mode = (entry.external_attr >> 16) & 0o777
                    target.chmod((mode or 0o644) | 0o400)
                except (FileExistsError, NotADirectoryError) as error:
                    raise BadPackage(_NOT_UNZIPPED) from error

    def _open(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(io.BytesIO(self.data))
        except _BROKEN as error:
            raise BadPackage(_NOT_UNZIPPED) from error


def _entries(archive: zipfile.ZipFile) -> dict[PurePosixPath, zipfile.ZipInfo]:
    """What the archive holds, by where it goes; of two entries with one name the later counts, as for unzip."""
    entries = {_checked_path(entry): entry for entry in archive.infolist()}
    if not entries:
        raise BadPackage("Uploaded file must be a non-empty zip")
    if sum(entry.file_size for entry in entries.values()) > UNZIPPED_LIMIT:
        raise BadPackage(_TOO_LARGE)
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries.values()):
        raise BadPackage(_NOT_UNZIPPED)  # LZMA and the like: not every Python can read them
    files = {path for path, entry in entries.items() if not entry.is_dir()}
    if any(parent in files for path in entries for parent in path.parents):
        raise BadPackage(_NOT_UNZIPPED)
    return entries


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> Iterator[bytes]:
    """The bytes of an entry, which may be `limit` many."""
    try:
        with archive.open(entry) as source:
            while chunk := source.read(_CHUNK):
                limit -= len(chunk)
                if limit < 0:
                    raise BadPackage(_TOO_LARGE)
                yield chunk
    except BadPackage:
        raise
    except _BROKEN as error:
        raise BadPackage(_NOT_UNZIPPED) from error


def _checked_path(entry: zipfile.ZipInfo) -> PurePosixPath:
    """Where an entry goes, below the task root. Refuses absolute paths, "..", links and devices."""
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    kind = stat.S_IFMT(entry.external_attr >> 16)
    outside = path.is_absolute() or ".." in path.parts or PureWindowsPath(path).drive
    if outside or not path.parts or kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise BadPackage(
            f"The lab does not unpack {entry.filename!r}: an entry of a deployment package must be a plain file or "
            "folder inside it, not a link and not a path that leads out."
        )
    return path
