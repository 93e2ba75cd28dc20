"""Where the folders are that an execution environment sees.

On AWS a function lives in /var/task, its runtime in /var/runtime and /var/lang, its layers in /opt, its scratch space
in /tmp. Here each is a folder of the lab's own, which the environment's programs find at AWS's path where the machine
allows that (see `namespace.py`), and elsewhere where it is. Everything that leaves an environment (results, error
documents, log lines) passes through `Folders.as_on_aws()`, so that what a learner reads are AWS's paths, on every
machine the same.

`workspace` makes the folders, `runtimes` say what to start in them, the environments start it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True)
class Folders:
    """Where the programs of one environment find its parts of the file system."""

    task: Path
    tmp: Path
    runtime: Path
    lang: Path
    opt: Path
    others: tuple[tuple[str, str], ...] = ()
    """Further paths of this machine and what they stand for on AWS: the runtime's own."""
    machines: Folders | None = None
    """The same folders where the lab itself finds them, if that is elsewhere."""

    def at_aws_paths(self) -> Folders:
        """For programs that see them there."""
        return Folders(
            task=Path("/var/task"),
            tmp=Path("/tmp"),
            runtime=Path("/var/runtime"),
            lang=Path("/var/lang"),
            opt=Path("/opt"),
            others=self.others,
            machines=self,
        )

    @property
    def here(self) -> Folders:
        """The folders as the lab itself finds them."""
        return self.machines or self

    @cached_property
    def extensions(self) -> list[Path]:
        """The programs of external extensions, in the order in which they are started."""
        folder = self.here.opt / "extensions"
        found = sorted(path.name for path in folder.iterdir() if not path.is_dir()) if folder.is_dir() else []
        return [self.opt / "extensions" / name for name in found]

    def as_on_aws(self, data: bytes) -> bytes:
        """Replace this machine's paths by AWS's."""
        for here, there in self._names:
            if here in data:
                data = data.replace(here, there)
        return data

    @cached_property
    def _names(self) -> list[tuple[bytes, bytes]]:
        here = self.here
        return [
            (os.fsencode(here.task), b"/var/task"),
            (os.fsencode(here.opt), b"/opt"),
            (os.fsencode(here.runtime), b"/var/runtime"),
            (os.fsencode(here.tmp), b"/tmp"),
            (os.fsencode(here.lang), b"/var/lang"),
            *((os.fsencode(here), there.encode()) for here, there in self.others),
        ]
