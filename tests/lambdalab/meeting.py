"""Where functions that run at the same time wait for each other: none leaves before all have come."""

from __future__ import annotations

import socket
import threading
from typing import Self

PATIENCE_S = 20.0


class Meeting:
    """Listens on a port. A function that connects to it and reads is held until so many have done so."""

    def __init__(self, guests: int) -> None:
        self._guests = guests
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(PATIENCE_S)
        self._host = threading.Thread(target=self._receive)

    @property
    def port(self) -> int:
        return int(self._listening.getsockname()[1])

    def _receive(self) -> None:
        came: list[socket.socket] = []
        try:
            while len(came) < self._guests:
                came.append(self._listening.accept()[0])
        except TimeoutError:
            pass  # those who came are let go, and the test sees that they were too few
        finally:
            for guest in came:
                guest.close()

    def __enter__(self) -> Self:
        self._host.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._host.join()
        self._listening.close()
