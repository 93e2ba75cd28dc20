"""Makes each kernel of `make lab` start the lab before its first cell.

IPython reads etc/ipython/ below the environment it runs in; the variable keeps every other kernel (a reader's own
notebook, a test) as it is. The reader's own `lambdalab.start()` then returns the lab that runs already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = '''\
"""Written by `make setup`: a kernel of `make lab` has the lab started before its first cell."""

import os

if os.environ.get("LAMBDALAB_AUTOSTART") == "1":
    c = get_config()  # noqa: F821
    c.InteractiveShellApp.exec_lines = ['__import__("lambdalab").start();']
'''


# JupyterLab runs scripts of its own with Node. Node reads the nearest package.json to learn what kind of scripts they
# are; without this one that would be the page's, which says something else.
FILES = {"etc/ipython/ipython_kernel_config.py": CONFIG, "package.json": "{}\n"}


def write_config(venv: Path) -> None:
    """Write the files, where they are not there yet."""
    for name, text in FILES.items():
        file = venv / name
        if not file.is_file() or file.read_text() != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
