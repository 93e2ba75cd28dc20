"""How much memory the processes of an environment have held, as the kernel counts it."""

from __future__ import annotations

import contextlib
import os


class Memory:
    """Watches processes through /proc; where there is none (not Linux), it sees nothing."""

    def __init__(self) -> None:
        self._files: list[int] = []
        self._peak_kb = 0

    def watch(self, pid: int) -> None:
        """From now on, this process as well."""
        with contextlib.suppress(OSError):  # no /proc
            # Open between invocations: opening it anew would cost more than reading it.
            self._files.append(os.open(f"/proc/{pid}/status", os.O_RDONLY))

    def look(self) -> None:
        """Note the peak, of all processes together. Those that are gone cannot be asked any more."""
        # VmHWM belongs to the process; ru_maxrss would carry over the peak of the one that started it.
        self._peak_kb = max(self._peak_kb, sum(_number(_status(file, b"VmHWM:")) for file in self._files))

    @property
    def peak_mb(self) -> float:
        """The most that was ever seen."""
        return self._peak_kb / 1024

    def close(self) -> None:
        """Watch no more. The peak stays."""
        for file in self._files:
            os.close(file)
        self._files = []


def _status(file: int, field: bytes) -> bytes:
    """What stands in /proc/PID/status from the field's value on; nothing if the process is gone."""
    try:
        return os.pread(file, 4096, 0).partition(field)[2].lstrip()
    except OSError:
        return b""


def _number(text: bytes) -> int:
    try:
        return int(text.split(None, 1)[0])
    except (IndexError, ValueError):
        return 0
