"""Faults of the lab itself. They are loud, and never look like an answer of AWS.

What AWS does about a reader's mistake (an error, a retry, a dead letter) is behaviour, and has types of its own. An
exception that nobody expected is a fault of ours. If it cannot reach the caller, because it happened in a background
thread or in the middle of a response, it is reported here: with its traceback on stderr, and in `lab.notes`.
A test that leaves a fault behind fails.
"""

from __future__ import annotations

import sys
import threading
import traceback

_MOST = 20
_reported: list[str] = []
_lock = threading.Lock()


def report(problem: BaseException, doing: str) -> str:
    """Make a fault known; the sentence that says what happened. `doing`: "running an asynchronous event of hello"."""
    sentence = (
        f"The lab itself failed while {doing}: {type(problem).__name__}: {problem}. "
        "AWS would not answer like that. Please report it, with the traceback."
    )
    with _lock:
        _reported.append(sentence)
        del _reported[:-_MOST]
    text = "".join(traceback.format_exception(problem))
    print(f"lambdalab: {sentence}\n{text}", file=sys.stderr)
    return sentence


def reported() -> list[str]:
    """The newest faults, oldest first."""
    with _lock:
        return list(_reported)


def forget() -> None:
    """Begin anew: at the start of a lab, and when a test has seen a fault that it made itself."""
    with _lock:
        _reported.clear()
