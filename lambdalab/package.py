"""Deployment packages made from files: what `lab.package()` does.

The archive is the same for the same files, on every machine and at any time: entries are sorted and carry a fixed
date, so that `CodeSha256` changes only when the code does.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from os import PathLike

_DATE = (1980, 1, 1, 0, 0, 0)
_LEFT_OUT = {"__pycache__", ".ipynb_checkpoints", ".git", ".DS_Store"}


def package(*paths: str | PathLike[str]) -> bytes:
    """A zip archive of files and folders, as Lambda wants it.

    A file goes to the archive's root; of a folder, its contents do. Raises FileNotFoundError, or ValueError when
    nothing is left to pack or two files would have the same name.
    """
    if not paths:
        raise ValueError('package() needs something to pack: lab.package("app.py")')
    entries: dict[str, Path] = {}
    for path in map(Path, paths):
        if not path.exists():
            raise FileNotFoundError(
                f"There is no {str(path)!r} to package. Run the cell that writes it first, or check the spelling."
            )
        for name, file in _files(path):
            if name in entries:
                raise ValueError(f"Two files would be called {name!r} in the package: {entries[name]} and {file}.")
            entries[name] = file
    if not entries:
        raise ValueError("There is no file in " + ", ".join(repr(str(path)) for path in paths) + ".")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(entries):
            info = zipfile.ZipInfo(name, _DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            # Readable by whatever user runs the function, executable if the file is (a bootstrap, for instance).
            executable = entries[name].stat().st_mode & 0o100
            info.external_attr = (0o100755 if executable else 0o100644) << 16
            archive.writestr(info, entries[name].read_bytes())
    return buffer.getvalue()


def _files(path: Path) -> list[tuple[str, Path]]:
    if path.is_file():
        return [(path.name, path)]
    found = [file for file in sorted(path.rglob("*")) if file.is_file()]
    return [
        (file.relative_to(path).as_posix(), file)
        for file in found
        if not _LEFT_OUT.intersection(file.relative_to(path).parts)
    ]
