"""`make lab`: JupyterLab on this machine only, in notebooks/, with the lab started in every kernel.

The kernels read LAMBDALAB_AUTOSTART, see tools/bootstrap/jupyter.py. The token in the address stays on: a notebook
server can run code, and other people may be logged in to the same machine.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def arguments(*, root_user: bool, screen: bool) -> list[str]:
    """Return JupyterLab's arguments. Without a screen it prints its address and opens nothing."""
    chosen = ["--ip=127.0.0.1", f"--ServerApp.root_dir={ROOT / 'notebooks'}"]
    if root_user:
        chosen.append("--allow-root")  # in a container the only user there is; loopback and the token still protect it
    if not screen:
        chosen.append("--no-browser")
    return chosen


def has_screen(platform: str, environ: dict[str, str]) -> bool:
    """Tell whether a browser could open here."""
    return platform != "linux" or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def main() -> None:
    """Become JupyterLab, so that Ctrl+C and its exit code are its own."""
    environ = {**os.environ, "LAMBDALAB_AUTOSTART": "1"}
    root_user = getattr(os, "geteuid", lambda: 1)() == 0
    chosen = arguments(root_user=root_user, screen=has_screen(sys.platform, environ))
    os.execve(sys.executable, [sys.executable, "-m", "jupyterlab", *chosen, *sys.argv[1:]], environ)


if __name__ == "__main__":
    main()
