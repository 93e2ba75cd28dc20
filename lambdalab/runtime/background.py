"""Work that nobody waits for: in threads, or, where there are none (the browser), when somebody comes by."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Background:
    """Runs jobs. Each must end by itself."""

    def __init__(self, *, threads: bool) -> None:
        self._threads = threads
        self._waiting: deque[Callable[[], None]] = deque()
        self._running: set[threading.Thread] = set()
        self._lock = threading.Lock()

    def start(self, job: Callable[[], None]) -> None:
        """Run the job soon."""
        if not self._threads:
            self._waiting.append(job)
            return
        thread = threading.Thread(target=self._run, args=(job,), name="lambdalab-background", daemon=True)
        with self._lock:
            self._running.add(thread)
        thread.start()

    def come_by(self) -> None:
        """Run the jobs that no thread will run."""
        while self._waiting:
            self._waiting.popleft()()

    def settle(self) -> None:
        """Return when no job is waiting or running, also none that was started meanwhile."""
        self.come_by()
        while True:
            with self._lock:
                threads = self._running - {threading.current_thread()}
            if not threads:
                return
            for thread in threads:
                thread.join()

    def _run(self, job: Callable[[], None]) -> None:
        try:
            job()
        finally:
            with self._lock:
                self._running.discard(threading.current_thread())
