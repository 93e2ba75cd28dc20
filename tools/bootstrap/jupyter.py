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


def write_kernel_config(venv: Path) -> None:
    """Write the configuration, if it is not there yet."""
    file = venv / "etc" / "ipython" / "ipython_kernel_config.py"
    if not file.is_file() or file.read_text() != CONFIG:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(CONFIG)
