"""Deployment packages: a zip archive on its way to /var/task.

A package comes from whoever may create a function, so it is unpacked with suspicion: no entry may leave the folder,
none may be a link or a device, and what it unpacks to is counted while it is written, not believed from its table
of contents. What `check` takes, `unpack` can write. The limit of bytes is AWS's; that of files and folders is the lab's
own, because each takes room on the disk however few bytes it has. AWS keeps symbolic links; the lab takes none.
Limits: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

from __future__ import annotations

import base64
import hashlib
import io
import stat
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

UNZIPPED_LIMIT = 262_144_000
"""Bytes that a package may unpack to: 250 MB."""

NODES_LIMIT = 100_000
"""Files and folders that a package may have."""

_CHUNK = 1 << 16
# Of a file's name, as file systems have it; of a whole path, so that the lab's own folders fit before it; folders deep,
# because what deletes a tree may call itself for each.
_NAME_BYTES, _PATH_BYTES, _DEPTH = 255, 2048, 100
_TOO_LARGE = f"Unzipped size must be smaller than {UNZIPPED_LIMIT} bytes"
_NOT_UNZIPPED = "Could not unzip uploaded file. Please check your file, then try to upload again."
_TOO_MANY = f"The lab does not unpack more than {NODES_LIMIT:,} files and folders from one archive."
_ENTRY = b"PK\x01\x02"  # how each entry of an archive's table of contents begins


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
                        left -= sum(map(len, _read(archive, entry, left)))  # nothing, unless somebody hides something
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
        if self.data.count(_ENTRY) > NODES_LIMIT:  # zipfile makes an object of each, before it can be asked how many
            raise BadPackage(_TOO_MANY)
        try:
            return zipfile.ZipFile(io.BytesIO(self.data))
        except Exception as error:  # whatever zipfile stumbles over: the archive is to blame
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
    nodes = set(entries)
    for path in entries:
        nodes.update(path.parents)
        if len(nodes) > NODES_LIMIT:
            raise BadPackage(_TOO_MANY)
    files = {path for path, entry in entries.items() if not entry.is_dir()}
    if any(parent in files for path in entries for parent in path.parents):
        raise BadPackage(_NOT_UNZIPPED)
    return entries


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> Iterator[bytes]:
    """The bytes of an entry, which may be `limit` many, and must be as many as the table of contents says."""
    size = 0
    try:
        with archive.open(entry) as source:
            while chunk := source.read(_CHUNK):
                size += len(chunk)
                if size > limit:
                    raise BadPackage(_TOO_LARGE)
                yield chunk
        if size != entry.file_size:
            raise BadPackage(_NOT_UNZIPPED)
    except BadPackage:
        raise
    except Exception as error:
        raise BadPackage(_NOT_UNZIPPED) from error


def _checked_path(entry: zipfile.ZipInfo) -> PurePosixPath:
    """Where an entry goes, below the task root. Refuses what leads out, what is no file, and names that no file has."""
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    kind = stat.S_IFMT(entry.external_attr >> 16)
    outside = path.is_absolute() or ".." in path.parts or PureWindowsPath(path).drive
    if outside or not path.parts or kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise BadPackage(
            f"The lab does not unpack {_shown(entry)}: an entry of a deployment package must be a plain file or "
            "folder inside it, not a link and not a path that leads out."
        )
    if "\0" in entry.orig_filename:  # zipfile cuts the name there; others that look at the archive may not
        raise BadPackage(f"The lab does not unpack {_shown(entry)}: there is a NUL character in the name.")
    parts = [part.encode() for part in path.parts]
    if max(map(len, parts)) > _NAME_BYTES or sum(map(len, parts)) > _PATH_BYTES or len(parts) > _DEPTH:
        raise BadPackage(
            f"The lab does not unpack {_shown(entry)}: a name may have {_NAME_BYTES} bytes, a path {_PATH_BYTES:,} and "
            f"{_DEPTH} parts."
        )
    return path


def _shown(entry: zipfile.ZipInfo) -> str:
    name = entry.orig_filename
    return repr(name if len(name) <= 100 else name[:100] + "…")
