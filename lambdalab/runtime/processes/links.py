"""A link where the system allows one, a copy elsewhere."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def link(source: Path, target: Path) -> None:
    """Make `target` stand for the file or folder `source`."""
    try:
        target.symlink_to(source, target_is_directory=source.is_dir())
    except OSError:  # no links without privileges: Windows
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy2(source, target)
