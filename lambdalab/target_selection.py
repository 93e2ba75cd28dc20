"""`lambdalab.start()`: the lab on this machine, unless LAMBDALAB_TARGET asks for a real account."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from . import lab

if TYPE_CHECKING:
    from .interface import CellLab

TARGET = "LAMBDALAB_TARGET"


def target() -> str:
    """Where to work: "lab" or "aws". Anything else is a mistake that must not end in either."""
    chosen = os.environ.get(TARGET) or "lab"
    if chosen not in ("lab", "aws"):
        raise ValueError(
            f"{TARGET} is {chosen!r}. It is 'aws' for a real account, and left out for the lab on this machine."
        )
    return chosen


def start() -> CellLab:
    """Start the lab, or return the one that is running in this process; with LAMBDALAB_TARGET=aws, a real account."""
    account = sys.modules.get("lambdalab.real_account.account")
    is_open = account is not None and account.current() is not None
    if target() == "lab":
        if is_open:
            raise RuntimeError(
                f"A real account is open in this process, and {TARGET} is not set any more. "
                "lambdalab.stop() closes it; then lambdalab.start() starts the lab."
            )
        return lab.start()
    if lab.running():
        raise RuntimeError(
            f"{TARGET} is aws, and a lab on this machine runs in this process: its calls and those to a real account "
            "must not be mixed. Restart the kernel, or call lambdalab.stop() first."
        )
    from .real_account import account as real

    return real.start()


def stop() -> None:
    """Stop what is running, if anything is."""
    account = sys.modules.get("lambdalab.real_account.account")
    if account is not None and (current := account.current()) is not None:
        current.stop()
    lab.stop()
