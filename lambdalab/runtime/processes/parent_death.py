"""Processes that end with the lab, however that ends."""

from __future__ import annotations

import contextlib
import os
import signal
import sys


def end_with_the_lab(lifeline: int, group: int) -> None:
    """Have the kernel kill a process group when the other end of the pipe `lifeline` closes.

    The lab closes it when it ends the environment, or when it is killed: then it cannot end its environments itself,
    and a handler in an endless loop would never notice. The wish belongs to the open pipe, not to who has it open: the
    lab states it and closes its copy, and the environment's processes, which inherited theirs, need know nothing of it.
    """
    if sys.platform != "linux":
        return
    import fcntl

    with contextlib.suppress(OSError):  # a kernel, or a sandbox, without it: functions run all the same
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, -group)
        fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)
