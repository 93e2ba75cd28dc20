"""Counting how often a function runs because of one first event: from the trace header, which anybody may send."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as some

from lambdalab.delivery.recursion import LIMIT, invocations, is_loop, traced

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:resize"
OTHER = "arn:aws:lambda:us-east-1:123456789012:function:index"


def test_a_chain_is_counted_and_stopped_before_the_seventeenth_invocation() -> None:
    header = None
    for times in range(LIMIT):
        assert invocations(header, FUNCTION) == times
        assert not is_loop(header, FUNCTION)
        header = traced(header, FUNCTION, 1_800_000_000)
    assert LIMIT == 16
    assert is_loop(header, FUNCTION)


def test_the_header_of_a_first_invocation_reads_as_on_aws() -> None:
    header = traced(None, FUNCTION, 0x6B49D200)
    pattern = r"Root=1-6b49d200-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0;Lineage=1:[0-9a-f]{8}:0"
    assert re.fullmatch(pattern, header)


def test_a_chain_keeps_its_root_and_whether_it_is_sampled() -> None:
    first = "Root=1-6b49d200-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=1"
    after = traced(first, FUNCTION, 0)
    assert after.startswith("Root=1-6b49d200-0123456789abcdef01234567;Parent=")
    assert ";Sampled=1;" in after
    assert "53995c3f42cd8ad8" not in after


def test_functions_are_counted_apart_and_their_versions_together() -> None:
    header = None
    for _ in range(3):
        header = traced(traced(header, f"{FUNCTION}:live", 0), OTHER, 0)
    assert {invocations(header, arn) for arn in (FUNCTION, f"{FUNCTION}:7", OTHER)} == {3}
    assert invocations(header, f"{FUNCTION}s") == 0


@pytest.mark.parametrize(
    "header",
    ["", "Lineage", "Lineage=1:nonsense:9", "Root=1;Lineage=1:|:|", "Lineage=1:0123456789:1:1", "\x00", ";;=;"],
)
def test_what_cannot_be_read_counts_as_nothing(header: str) -> None:
    assert invocations(header, FUNCTION) == 0
    assert invocations(traced(header, FUNCTION, 0), FUNCTION) == 1


@given(some.text())
def test_no_header_breaks_it_or_makes_it_grow(header: str) -> None:
    after = traced(header, FUNCTION, 0)
    assert invocations(after, FUNCTION) == invocations(header, FUNCTION) + 1
    assert len(after) < 1000
    assert after.isascii()
    assert after.isprintable()
