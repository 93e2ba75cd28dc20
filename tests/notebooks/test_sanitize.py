"""The sanitiser removes what differs in every run, and nothing that the course says."""

from __future__ import annotations

import pytest
from nbval.plugin import get_sanitize_patterns

from tools.notebooks.sanitize import CONFIG, comparable, patterns, sanitize

UUID = "8f5a1c1e-3a0b-4d2e-9c51-0123456789ab"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"START RequestId: {UUID} Version: $LATEST", "START RequestId: UUID Version: $LATEST"),
        (
            f"REPORT RequestId: {UUID}\tDuration: 1.53 ms\tBilled Duration: 107 ms\tMemory Size: 128 MB\t"
            "Max Memory Used: 37 MB\tInit Duration: 104.99 ms",
            "REPORT RequestId: UUID\tDuration: N ms\tBilled Duration: N ms\tMemory Size: 128 MB\t"
            "Max Memory Used: N MB\tInit Duration: N ms",
        ),
        ("2026/11/23/[$LATEST]" + "0123456789abcdef" * 2, "DATE/[$LATEST]STREAM"),
        ("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1", "Root=TRACE-ID;Sampled=1"),
        ("2026-11-23T08:10:27.123+0000 and 2026-11-23 08:10:27Z", "TIME and TIME"),
        ("datetime.datetime(2026, 11, 23, 8, 10, 27, tzinfo=tzutc())", "DATETIME"),
        ("Mon, 23 Nov 2026 08:10:27 GMT", "TIME"),
        ("http://127.0.0.1:43211/x", "http://127.0.0.1:PORT/x"),
        ("<Lab object at 0x7f84546fabd0>", "<Lab object at ADDRESS>"),
    ],
)
def test_what_differs_is_replaced(text: str, left: str) -> None:
    assert sanitize(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "arn:aws:lambda:us-east-1:123456789012:function:first-function",
        "Task timed out after 3.00 seconds",
        "Memory Size: 128 MB",
        '{"statusCode": 200, "body": "42"}',
        "Timeout: 900 s",
        "2023-12-04",
        "python3.14",
    ],
)
def test_what_the_course_says_stays(text: str) -> None:
    assert sanitize(text) == text


def test_nbval_reads_the_same_patterns() -> None:
    ours = [(regex.pattern, replacement) for regex, replacement in patterns()]
    assert get_sanitize_patterns(CONFIG.read_text()) == ours
    assert CONFIG.read_text().count("\nregex: ") == len(ours)


def stream(text: str, name: str = "stdout") -> dict[str, str]:
    return {"output_type": "stream", "name": name, "text": text}


def test_a_stream_in_pieces_is_the_same_stream() -> None:
    assert comparable([stream("a\n"), stream("b\n")]) == comparable([stream("a\nb\n")])
    assert comparable([stream("a\n")]) != comparable([stream("a\n", "stderr")])


def test_results_are_compared_without_their_count_and_errors_without_their_traceback() -> None:
    result = {"output_type": "execute_result", "execution_count": 4, "metadata": {}, "data": {"text/plain": ["2"]}}
    assert comparable([result]) == [("text/plain", "2")]
    error = {"output_type": "error", "ename": "KeyError", "evalue": "'a'", "traceback": ["x"]}
    assert comparable([error]) == [("error", "KeyError: 'a'")]


def test_svg_is_compared_and_png_is_not() -> None:
    picture = {"output_type": "display_data", "metadata": {}, "data": {"image/png": "aa", "image/svg+xml": "<svg/>"}}
    assert comparable([picture]) == [("image/svg+xml", "<svg/>")]
