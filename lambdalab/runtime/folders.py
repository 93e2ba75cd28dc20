"""Where the folders that an execution environment sees really are, on a machine where they are not at AWS's paths.

On AWS a function lives in /var/task, its runtime in /var/runtime and /var/lang, its layers in /opt, its scratch space
in /tmp. Here each is a folder of the lab's own. Everything that leaves an environment (results, error documents, log
lines) passes through `Folders.as_on_aws()`, so that what a learner reads are AWS's paths, on every machine the same.

`workspace` makes the folders, `runtimes` say what to start in them, the environments start it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Folders:
    """Where one environment's parts of the file system really are."""

    task: Path
    tmp: Path
    runtime: Path
    lang: Path
    opt: Path
    others: tuple[tuple[str, str], ...] = ()
    """Further paths of this machine and what they stand for on AWS: the runtime's own."""

    @cached_property
    def extensions(self) -> list[Path]:
        """The programs of external extensions, in the order in which they are started."""
        folder = self.opt / "extensions"
        return sorted(path for path in folder.iterdir() if not path.is_dir()) if folder.is_dir() else []

    def as_on_aws(self, data: bytes) -> bytes:
        """Replace this machine's paths by AWS's."""
        for here, there in self._names:
            if here in data:
                data = data.replace(here, there)
        return data

    @cached_property
    def _names(self) -> list[tuple[bytes, bytes]]:
        return [
            (os.fsencode(self.task), b"/var/task"),
            (os.fsencode(self.opt), b"/opt"),
            (os.fsencode(self.runtime), b"/var/runtime"),
            (os.fsencode(self.tmp), b"/tmp"),
            (os.fsencode(self.lang), b"/var/lang"),
            *((os.fsencode(here), there.encode()) for here, there in self.others),
        ]
