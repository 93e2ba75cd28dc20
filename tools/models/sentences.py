"""Numbers in AWS's documentation. Some limits stand nowhere else: a function's longest timeout, for instance.

The model lets a timeout of 5,400 s through; that most functions get 1,800 s only a sentence beside it says.
"""

from __future__ import annotations

import html
import re

_TAG = re.compile(r"<[^>]+>")
_BEFORE_A_MARK = re.compile(r"\s+(?=[.,;:)])")
_END = re.compile(r"(?<=[.!?])\s+(?=\W?[A-Z])")
_NUMBER = re.compile(r"(?<![\w.-])\d[\d,]*(?:\.\d+)?(?!\w)")


def plain(documentation: str) -> str:
    """A documentation's text without its HTML."""
    return _BEFORE_A_MARK.sub("", " ".join(html.unescape(_TAG.sub(" ", documentation)).split()))


def sentences(documentation: str) -> list[str]:
    """The sentences of a documentation, in order."""
    return [sentence for sentence in _END.split(plain(documentation)) if sentence]


def changed_numbers(old: str, new: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The sentences with numbers that only the old, and those with numbers that only the new documentation has."""
    gone = [sentence for sentence in sentences(old) if sentence not in sentences(new)]
    come = [sentence for sentence in sentences(new) if sentence not in sentences(old)]
    before, after = _numbers(gone), _numbers(come)
    return _with(gone, before - after), _with(come, after - before)


def _numbers(said: list[str]) -> set[str]:
    return {number for sentence in said for number in _NUMBER.findall(sentence)}


def _with(said: list[str], numbers: set[str]) -> tuple[str, ...]:
    return tuple(sentence for sentence in said if numbers & set(_NUMBER.findall(sentence)))
