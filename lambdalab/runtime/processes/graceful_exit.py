"""Asks a program to end, in a way that it notices: `process.py` does, in the Shutdown phase."""

from __future__ import annotations

import ctypes
import signal
from typing import Protocol


class Program(Protocol):
    """What is needed of a process."""

    pid: int

    def poll(self) -> int | None:
        """The exit status, if it has ended."""

    def terminate(self) -> None:
        """Send SIGTERM."""


def ask_to_end(program: Program) -> None:
    """Send SIGTERM to the program's main thread; where the system cannot name threads, to the program.

    Python runs its handlers in the main thread only. A signal for the whole program may go to another thread if the
    main one has just been thawed, and then wakes only that. On AWS the whole machine is thawed, so that the question
    does not arise.
    """
    try:
        tgkill = ctypes.CDLL(None).tgkill
    except (AttributeError, OSError):  # not Linux, or a C library that is older than the wrapper (glibc 2.30)
        program.terminate()
        return
    if program.poll() is None:
        tgkill(program.pid, program.pid, signal.SIGTERM)
