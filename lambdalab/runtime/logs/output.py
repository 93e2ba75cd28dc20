"""What the processes of an environment write, and which records of the log that makes. Bytes in, records out; no I/O.

Three pipes lead here. The runtime client writes frames to the telemetry pipe: what the handler prints, and records of
the language's own logging, each with a level. Child processes and compiled code write to the real stdout; extensions
have one of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalab.runtime.environment import LINE_LIMIT

from .log_level import level_of_frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from .log_level import Level

_FRAME_HEADER = 16
"""Bytes: type (4), length (4), microseconds (8)."""
_PRINTED = 0
"""The type of a frame that holds what was printed."""


class Output:
    """The pipes of one environment, from the start of its processes to their end."""

    def __init__(self, function: Callable[[bytes, Level | None], None], extension: Callable[[bytes], None]) -> None:
        """`function` and `extension` take the records of each."""
        self._function = function
        self._extension = extension
        self._frames = b""
        self._line = b""
        self._extension_line = b""

    def telemetry(self, data: bytes) -> None:
        """What came down the telemetry pipe."""
        self._frames += data
        while len(self._frames) >= _FRAME_HEADER:
            length = int.from_bytes(self._frames[4:8], "big")
            if len(self._frames) < _FRAME_HEADER + length:
                break
            kind = int.from_bytes(self._frames[:4], "big")
            message = self._frames[_FRAME_HEADER : _FRAME_HEADER + length]
            self._frames = self._frames[_FRAME_HEADER + length :]
            if kind == _PRINTED:
                self.stdout(message)
            else:  # a record of the runtime client: one log event, whatever lines it has
                self.flush()
                self._function(message.removesuffix(b"\n"), level_of_frame(kind))

    def stdout(self, data: bytes) -> None:
        """What was printed: a record for each line."""
        *lines, self._line = (self._line + data).split(b"\n")
        for line in lines:
            self._function(line, None)
        if len(self._line) >= LINE_LIMIT:
            self.flush()

    def extensions(self, data: bytes) -> None:
        """What extensions print: their lines, whole, between those of the function. No data is the end."""
        *lines, self._extension_line = (self._extension_line + data).split(b"\n")
        if self._extension_line and (not data or len(self._extension_line) >= LINE_LIMIT):
            lines.append(self._extension_line)
            self._extension_line = b""
        for line in lines:
            self._extension(line)

    def flush(self) -> None:
        """A last line without its newline is a record, too."""
        if self._line:
            self._function(self._line, None)
            self._line = b""
