"""Processes, watched from outside: whether they live, and what the kernel says of them."""

from __future__ import annotations

import contextlib
import os
import select
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def watching(pid: int) -> Iterator[int]:
    """A descriptor that becomes readable when the process ends."""
    descriptor = os.pidfd_open(pid)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def ended(pidfd: int, within_s: float = 10) -> bool:
    """Wait for a process to end; False if it did not."""
    return bool(select.select([pidfd], [], [], within_s)[0])


def state_of(pid: int) -> str:
    """How the kernel calls the process's state: R, S, T (stopped), Z …"""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def wait_until(condition: Any, within_s: float = 10) -> None:
    """Let others run until it holds; fails the test when it does not come."""
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end, "it did not come"
        os.sched_yield()
