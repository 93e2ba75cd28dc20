"""The project's files as they were in another git revision."""

from __future__ import annotations

import contextlib
import io
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def short_name(root: Path, revision: str) -> str:
    """The beginning of a commit's hash."""
    return _git(root, "rev-parse", "--short", f"{revision}^{{commit}}").decode().strip()


@contextlib.contextmanager
def files(root: Path, revision: str) -> Iterator[Path]:
    """A folder with what git kept in a revision of the repository at `root`."""
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(_git(root, "archive", revision))) as archive:
            archive.extractall(folder, filter="data")
        yield Path(folder)


def _git(root: Path, *arguments: str) -> bytes:
    done = subprocess.run(("git", *arguments), cwd=root, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"git {' '.join(arguments)}: {done.stderr.decode().strip()}")
    return done.stdout
