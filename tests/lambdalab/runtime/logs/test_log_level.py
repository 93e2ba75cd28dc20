"""Which records a function wants in its log."""

from __future__ import annotations

import logging

import pytest
from awslambdaric import lambda_runtime_log_utils as frames

from lambdalab.runtime.logs.log_level import Level, LoggingConfig, level_of_frame

TIME = '"timestamp": "2024-11-02T16:51:31.587199Z"'


@pytest.mark.parametrize("types", [frames._JSON_FRAME_TYPES, frames._TEXT_FRAME_TYPES], ids=["json", "text"])
def test_a_runtime_client_hands_over_the_level(types: dict[int, bytes]) -> None:
    levels = {number: level_of_frame(int.from_bytes(kind, "big")) for number, kind in types.items()}
    assert levels == {
        logging.NOTSET: None,
        logging.DEBUG: Level.DEBUG,
        logging.INFO: Level.INFO,
        logging.WARNING: Level.WARN,
        logging.ERROR: Level.ERROR,
        logging.CRITICAL: Level.FATAL,
    }
    assert level_of_frame(0) is None, "what is printed has none"


@pytest.mark.parametrize(
    ("line", "level"),
    [
        # The example of AWS's documentation, and what becomes of it without its time.
        ('{"level": "debug", "msg": "my debug log", ' + TIME + "}", Level.DEBUG),
        ('{"level": "debug", "msg": "my debug log"}', Level.INFO),
        ('{"level": "debug", "timestamp": "yesterday"}', Level.INFO),
        ('{"level": "debug", "timestamp": "2024-11-02T16:51:31"}', Level.INFO),
        ('{"level": "ERROR", "time": "2024-11-02T16:51:31+01:00"}', Level.ERROR),
        ('{"level": "trace", ' + TIME + "}", Level.TRACE),
        ('{"level": "fatal", ' + TIME + "}", Level.FATAL),
        ('{"level": "notice", ' + TIME + "}", Level.INFO),
        ('{"level": 50, ' + TIME + "}", Level.INFO),
        ('{"message": "no level", ' + TIME + "}", Level.INFO),
        ('{"level": "ERROR"', Level.INFO),
        ("[1, 2]", Level.INFO),
        ("plain words", Level.INFO),
        ("", Level.INFO),
    ],
)
def test_a_line_tells_its_level_if_it_is_json_with_a_time(line: str, level: Level) -> None:
    wanted = [each for each in Level if LoggingConfig(json=True, application_level=each).wants(line, None)]
    assert wanted == [each for each in Level if each <= level]


def test_what_the_runtime_client_says_counts_more_than_the_line() -> None:
    config = LoggingConfig(json=True, application_level=Level.WARN)
    assert config.wants('{"level": "DEBUG", ' + TIME + "}", Level.ERROR)


def test_a_log_in_text_is_not_filtered() -> None:
    assert LoggingConfig(application_level=Level.FATAL).wants("anything", Level.DEBUG)
