"""Charts: what a picture of lines says, and that the same numbers always give the same picture."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import pytest

from lambdalab.show.chart import Chart, number, ticks

if TYPE_CHECKING:
    from lambdalab import Lab

SVG = "{http://www.w3.org/2000/svg}"
LINES = {"server": [(0, 12), (20, 12)], "Lambda": [(0, 0), (10, 12), (20, 24)]}
LABELS = {"title": "The bill", "x": "million calls a month", "y": "USD a month"}


def drawn(**changes: Any) -> ET.Element:
    return ET.fromstring(Chart(**{"lines": LINES, **LABELS, **changes})._repr_svg_())


def words(picture: ET.Element) -> list[str]:
    return [text.text or "" for text in picture.iter(f"{SVG}text")]


def numbers(text: str) -> list[list[float]]:
    return [[float(part) for part in point.split(",")] for point in text.split()]


def test_a_chart_names_itself_its_axes_and_its_lines() -> None:
    assert {"The bill", "million calls a month", "USD a month", "server", "Lambda"} <= set(words(drawn()))


def test_the_axes_have_round_numbers() -> None:
    said = words(drawn())
    along = " ".join(said[said.index("USD a month") + 1 :])
    assert along == "0 5 10 15 20 25 0 5 10 15 20 million calls a month"
    assert ticks(0, 24) == [0, 5, 10, 15, 20, 25]
    assert ticks(0, 19.99998) == ticks(0, 20) == [0, 5, 10, 15, 20]
    assert ticks(0, 1) == [0, 0.25, 0.5, 0.75, 1]
    assert ticks(-3, 1000) == [-250, 0, 250, 500, 750, 1000]
    assert ticks(7, 7) == ticks(7, 8)


@pytest.mark.parametrize("high", [0.003, 0.9, 1, 7, 9.99, 31, 640, 1_000_000, 123_456_789])
def test_an_axis_covers_its_numbers_in_a_few_steps(high: float) -> None:
    steps = ticks(0, high)
    assert steps[0] == 0
    assert steps[-1] >= high
    assert 5 <= len(steps) <= 10


def test_a_number_is_written_as_a_reader_would() -> None:
    assert [number(value) for value in (0, 12, 0.25, 1e6, -0.0000001)] == ["0", "12", "0.25", "1,000,000", "0"]


def test_higher_numbers_stand_higher_and_every_point_is_inside() -> None:
    picture = drawn()
    _, _, width, height = map(float, picture.attrib["viewBox"].split())
    lines = [numbers(line.attrib["points"]) for line in picture.iter(f"{SVG}polyline")]
    flat, rising = lines[-2:]
    assert flat[0][1] == flat[1][1]
    assert rising[0][1] > rising[1][1] > rising[2][1]
    assert rising[1][1] == flat[0][1]
    assert all(0 <= x <= width and 0 <= y <= height for line in lines for x, y in line)


def test_lines_differ_without_their_colours() -> None:
    styles = [line.attrib["style"] for line in drawn().iter(f"{SVG}polyline")][-2:]
    assert len({re.sub(r"var\([^)]*\)", "", style) for style in styles}) == 2


@pytest.mark.parametrize(("x", "anchor"), [(5, "start"), (16, "start"), (19, "end")])
def test_a_mark_has_its_words_where_there_is_room(x: float, anchor: str) -> None:
    texts = {text.text: text for text in drawn(marks={(x, 12): "16.5 million"}).iter(f"{SVG}text")}
    assert texts["16.5 million"].attrib["text-anchor"] == anchor


def test_the_picture_has_a_text_alternative() -> None:
    picture = drawn(marks={(10, 12): "the lines cross"})
    said = picture.findtext(f"{SVG}desc") or ""
    assert picture.attrib["role"] == "img"
    assert picture.findtext(f"{SVG}title") == "The bill"
    assert "server: from 12 at 0 to 12 at 20" in said
    assert "the lines cross, at 10 and 12" in said


def test_the_same_numbers_give_the_same_bytes() -> None:
    first, second = (Chart(LINES, **LABELS, marks={(10, 12): "here"})._repr_svg_() for _ in range(2))
    assert first == second


def test_names_cannot_break_the_picture() -> None:
    assert "<a> & b" in words(drawn(lines={"<a> & b": [(0, 0), (1, 1)]}))


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ({}, "1 to 4 lines, not 0"),
        ({name: [(0, 0), (1, 1)] for name in "abcde"}, "1 to 4 lines, not 5"),
        ({"short": [(0, 0)]}, "'short' has 1 points"),
        ({"odd": [(0, 0), (1, float("nan"))]}, "two finite numbers"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_words(lines: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Chart(lines, **LABELS)


def test_the_lab_draws_it(lab: Lab) -> None:
    chart = lab.chart(LINES, **LABELS)
    assert repr(chart).startswith("<Chart: The bill. USD a month, by million calls a month. server: from 12")
