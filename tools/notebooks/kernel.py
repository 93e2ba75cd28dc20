"""The surroundings of a notebook's run: the same for storing outputs and for comparing them, on every machine.

A folder of its own as working directory, and none of the person's IPython settings. Tracebacks are one line: a full
one names paths of the machine it was made on.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "python3"
CONFIG = """\
c = get_config()
c.InteractiveShell.xmode = "Minimal"
c.InteractiveShell.colors = "nocolor"
c.HistoryManager.enabled = False
c.Application.log_level = "ERROR"
"""


@contextmanager
def workplace(notebook: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """Yield a working directory that holds a copy of the notebook, and the environment for its kernel."""
    with tempfile.TemporaryDirectory(prefix="notebook-", ignore_cleanup_errors=True) as place:
        folder = Path(place, "work")
        folder.mkdir()
        shutil.copy(notebook, folder)
        profile = Path(place, "ipython", "profile_default")
        profile.mkdir(parents=True)
        (profile / "ipython_kernel_config.py").write_text(CONFIG)
        environ = {key: value for key, value in os.environ.items() if key != "LAMBDALAB_AUTOSTART"}
        yield folder, {**environ, "IPYTHONDIR": str(profile.parent)}
