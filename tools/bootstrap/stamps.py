"""Which steps are done, and with which inputs. One small file in .venv; deleting .venv forgets all of it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path


def fingerprint(*inputs: object) -> str:
    """Return a hash of the inputs. A Path stands for the bytes of that file; a missing file is an input too."""
    digest = hashlib.sha256()
    for item in inputs:
        if isinstance(item, Path):
            digest.update(item.read_bytes() if item.is_file() else b"\0missing")
        else:
            digest.update(repr(item).encode())
        digest.update(b"\0")
    return digest.hexdigest()[:24]


class Stamps:
    """The fingerprints of the steps that succeeded."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def _read(self) -> dict[str, str]:
        try:
            found = json.loads(self.file.read_text())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def matches(self, step: str, print_: str) -> bool:
        """Tell whether `step` last succeeded with exactly these inputs."""
        return self._read().get(step) == print_

    def forget(self, step: str) -> None:
        """Note that `step` is under way: if it is interrupted it must run again, whatever the inputs."""
        self._write({name: value for name, value in self._read().items() if name != step})

    def keep(self, step: str, print_: str) -> None:
        """Note that `step` succeeded with these inputs."""
        self._write({**self._read(), step: print_})

    def _write(self, all_: dict[str, str]) -> None:
        if self.file.parent.is_dir():
            part = self.file.with_suffix(".part")
            part.write_text(json.dumps(all_, indent=1) + "\n")
            part.replace(self.file)
