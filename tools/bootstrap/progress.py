"""Runs a command and shows how far it is: a live line on a terminal, a line now and then in a log."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from pathlib import Path

# Gets a line of output, or None once a second; says how far the command is.
State = Callable[[str | None], str]

LOG_EVERY = 10.0  # seconds between two lines when nobody watches a terminal


class Progress:
    """One line a step at its start, a counter while it works, its time at the end."""

    def __init__(self, out: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.out = out or sys.stdout
        self.live = self.out.isatty()
        self.clock = clock
        self.title = ""
        self.started = self.shown = 0.0

    def start(self, title: str) -> None:
        """Say what begins now."""
        self.title, self.started = title, self.clock()
        self.shown = self.started
        self._write(f"→ {title} …" + ("" if self.live else "\n"))

    def update(self, state: str) -> None:
        """Say how far it is. On a terminal at once; in a log at most every LOG_EVERY seconds."""
        now = self.clock()
        if self.live:
            self._write(f"\r\033[K→ {self.title} … {state}, {now - self.started:.0f} s")
        elif now - self.shown >= LOG_EVERY:
            self.shown = now
            self._write(f"   {state}, {now - self.started:.0f} s\n")

    def done(self) -> None:
        """Say that it worked, and how long it took."""
        self._write(("\r\033[K" if self.live else "") + f"✓ {self.title} ({self.clock() - self.started:.1f} s)\n")

    def say(self, text: str) -> None:
        """Print a line that must be read."""
        self._write(("\r\033[K" if self.live else "") + text + "\n")

    def _write(self, text: str) -> None:
        self.out.write(text)
        self.out.flush()


def run(
    command: Sequence[str | Path],
    progress: Progress,
    state: State,
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> tuple[int, str]:
    """Run `command`; return its exit code and its output."""
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    lines: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.put(line)
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    output: list[str] = []
    try:
        while True:
            try:
                line = lines.get(timeout=1)
            except queue.Empty:
                progress.update(state(None))
                continue
            if line is None:
                return process.wait(), "".join(output)
            output.append(line)
            progress.update(state(line))
    finally:
        if process.poll() is None:  # Ctrl+C: leave no pip behind that goes on writing
            process.terminate()
            process.wait()
