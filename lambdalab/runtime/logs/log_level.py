"""Levels of log records, and which of them a function wants in its log (LoggingConfig).

With LogFormat JSON, a record that is less severe than ApplicationLogLevel is not sent. A record's level is known

- from the runtime client, which hands over a level with each record of the language's own logging (Python's `logging`,
  Node.js's `console`); awslambdaric leaves out by itself what is below the level, unless the code sets another one;
- else from the line, if that is a JSON object with "level" and a time that RFC 3339 allows; so a custom runtime, or
  `print()`, can have levels;
- else it is INFO: so a plain `print()` is gone when ApplicationLogLevel is WARN.

What AWS adds to a line that has no time of its own is not documented in its form; here such a line stays as it is.
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from lambdalab.runtime.json_text import parse

_TIMES = ("timestamp", "time", "@timestamp")
"""What runtimes call it. AWS: "most common naming conventions"."""
_FRAMES = 0xA55A
"""Upper half of the type of a record that comes from a runtime client. The level is in bits 2 to 4."""


class Level(enum.IntEnum):
    """From everything to almost nothing."""

    TRACE = 1
    DEBUG = 2
    INFO = 3
    WARN = 4
    ERROR = 5
    FATAL = 6


_NAMES = {**{level.name: level for level in Level}, "WARNING": Level.WARN, "CRITICAL": Level.FATAL}


@dataclass(frozen=True)
class LoggingConfig:
    """How a function logs. Without JSON, everything reaches the log."""

    json: bool = False
    application_level: Level = Level.INFO
    system_level: Level = Level.INFO

    def wants(self, line: str, level: Level | None) -> bool:
        """Whether a record of the function is sent; `level` is None when only the line can tell."""
        if not self.json:
            return True
        return (_level_in(line) if level is None else level) >= self.application_level


EVERYTHING = LoggingConfig()
"""Of a function that was not configured otherwise."""


def level_of_frame(kind: int) -> Level | None:
    """The level of a record from a runtime client, by the type of its frame; None if it has none."""
    number = kind >> 2 & 0b111
    return Level(number) if kind >> 16 == _FRAMES and Level.TRACE <= number <= Level.FATAL else None


def _level_in(line: str) -> Level:
    if not line.startswith("{"):
        return Level.INFO
    try:
        record = parse(line)
    except ValueError:
        return Level.INFO
    if not isinstance(record, dict) or not any(_is_time(record.get(name)) for name in _TIMES):
        return Level.INFO
    return _NAMES.get(str(record.get("level")).upper(), Level.INFO)


def _is_time(value: object) -> bool:
    """Whether this is a time with its offset from UTC, as RFC 3339 wants it."""
    if not isinstance(value, str) or "T" not in value.upper():
        return False
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False
