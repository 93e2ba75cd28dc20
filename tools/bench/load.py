"""Many clients at once against one address, in a process of its own: `python -m tools.bench.load URL CLIENTS SECONDS`.

Each client sends the next request when it has the answer to the last one, over the same connection if the server leaves
it open. Prints one line of JSON: answers, those that were no 200, and the times they took.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answers:
    """What came back."""

    a_second: float
    p50_ms: float
    p99_ms: float
    refused: int
    """Answers that were no 200."""


def load(url: str, clients: int, seconds: float) -> Answers:
    """From another process, so that the clients' Python does not wait for the server's."""
    command = [sys.executable, "-m", "tools.bench.load", url, str(clients), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 60)
    return Answers(**json.loads(done.stdout))


def _run(url: str, clients: int, seconds: float) -> Answers:
    address = urlsplit(url)
    took: list[float] = []
    refused: list[int] = []
    ends = time.perf_counter() + seconds

    def client() -> None:
        connection: Any = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
        while (began := time.perf_counter()) < ends:
            connection.request("GET", address.path)
            answer = connection.getresponse()
            answer.read()
            took.append(time.perf_counter() - began)
            if answer.status != 200:
                refused.append(answer.status)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took.sort()
    return Answers(len(took) / seconds, _ms(took, 0.5), _ms(took, 0.99), len(refused))


def _ms(took: list[float], share: float) -> float:
    return took[min(int(len(took) * share), len(took) - 1)] * 1e3


if __name__ == "__main__":
    print(json.dumps(vars(_run(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))))
