"""Folders that labs left behind because they were killed: found by the next lab, and removed.

A lab that ends removes its folder. One that is killed cannot, so each folder carries a lock (flock) that the kernel
holds for as long as its lab lives, and lets go however that ends. What is of this user, carries such a lock, and can
be locked by somebody else, belongs to nobody any more. A folder without a lock is left alone: its lab may be about to
take it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PREFIX = "lambdalab-"
_LOCK = ".lock"
_CAN_LOCK = sys.platform not in ("win32", "emscripten")


def claim(folder: Path) -> Callable[[], None]:
    """Lock a new folder for this process. Returns what lets go of it."""
    if not _CAN_LOCK:
        return lambda: None
    import fcntl

    # Locked before it has its name: nobody finds a lock that is there and free while its lab lives.
    new = folder / f"{_LOCK}.new"
    descriptor = os.open(new, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
    with contextlib.suppress(OSError):  # a file system without locks: then nobody can take it for a leftover either
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        new.replace(folder / _LOCK)
    return lambda: os.close(descriptor)


def sweep(parent: Path) -> None:
    """Remove the folders below `parent` whose labs are gone."""
    if not _CAN_LOCK:
        return
    with contextlib.suppress(OSError), os.scandir(parent) as entries:
        for entry in entries:
            if entry.name.startswith(PREFIX) and entry.is_dir(follow_symlinks=False):
                _remove_if_left(Path(entry.path), entry.stat(follow_symlinks=False).st_uid)


def _remove_if_left(folder: Path, owner: int) -> None:
    import fcntl

    if owner != os.getuid():
        return
    try:
        descriptor = os.open(folder / _LOCK, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # its lab lives
        return
    else:
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(descriptor)
