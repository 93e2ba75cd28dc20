"""A diagram draws what its words say, keeps every word in its box, and needs no colours to be read."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import pytest

from lambdalab.show.diagram import KEY, NARROWEST, Diagram, broken, measured
from lambdalab.wiring import Arrow, Resource, Way, Wiring

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SVG = "{http://www.w3.org/2000/svg}"
LONG = 'filter {"body": {"customer": [{"prefix": "grüß"}], "total": [{"numeric": [">", 100, "<=", 100000]}]}}'
RESOURCES = (
    Resource("url", "Function URL", ""),
    Resource("orders", "SQS queue", "orders"),
    Resource("photos", "S3 bucket", "a-bucket-with-a-name-of-sixty-three-characters-as-long-as-it-can"),
    Resource("worker", "function", "worker", ("live → version 1, 10% 2",)),
    Resource("dead", "SQS queue", "WWW MMM 注文キュー"),
)
ARROWS = (
    Arrow("url", "worker", Way.SYNCHRONOUS, ("AuthType NONE",)),
    Arrow("orders", "worker", Way.POLLED, ("batches of up to 10", LONG)),
    Arrow("photos", "worker", Way.ASYNCHRONOUS, ("s3:ObjectCreated:*", "key ends in .jpg")),
    Arrow("worker", "dead", Way.RESULT, ("on failure",)),
)
WIRING = Wiring(RESOURCES, ARROWS, ("lonely",), ("no permission to read s3 photos",))


def drawn(wiring: Wiring = WIRING) -> ET.Element:
    return ET.fromstring(Diagram(wiring)._repr_svg_())


def words(picture: ET.Element) -> list[str]:
    return [text.text or "" for text in picture.iter(f"{SVG}text")]


def size(picture: ET.Element) -> tuple[float, float]:
    _, _, width, height = map(float, picture.attrib["viewBox"].split())
    return width, height


def test_every_resource_and_every_setting_is_written() -> None:
    said = " ".join(words(drawn()))
    assert {"Function URL", "SQS queue", "AuthType NONE", "batches of up to 10", "on failure"} <= set(words(drawn()))
    assert "Not wired: lonely no permission to read s3 photos" in said
    assert "a-bucket-with-a-name-of-sixty-three-characters-as-long-as-it-can" in said.replace("- ", "-")


def test_the_picture_has_a_name_and_a_description_that_says_all_of_it() -> None:
    picture = drawn()
    assert picture.attrib["role"] == "img"
    assert picture.findtext(f"{SVG}title") == "Wiring: 1 function, 4 arrows"
    said = picture.findtext(f"{SVG}desc") or ""
    assert f"SQS queue orders → function worker (polled): batches of up to 10, {LONG}" in said
    assert "function worker: live → version 1, 10% 2" in said
    assert repr(Diagram(WIRING)) == "\n".join([WIRING.title, *WIRING.lines()])


def test_ways_differ_without_their_colours() -> None:
    """In their dashes, their marks, or both; the key names those that are used, and no other."""
    picture = drawn()
    assert [each for each in words(picture) if each in KEY.values()] == list(KEY.values())
    looks = set()
    for way in Way:
        one = drawn(Wiring(RESOURCES[1:2] + RESOURCES[3:4], (Arrow("orders", "worker", way),)))
        assert [each for each in words(one) if each in KEY.values()] == [KEY[way]]
        (line, *_) = one.iter(f"{SVG}path")
        dashes = re.search(r"stroke-dasharray:([^;]*)", line.attrib["style"])
        marks = len(list(one.iter(f"{SVG}polygon"))), len(list(one.iter(f"{SVG}circle")))
        looks.add((dashes and dashes[1], marks))
    assert len(looks) == len(Way)


def test_colours_are_the_pages_with_fallbacks() -> None:
    """The page sets them, in its light scheme and in its dark one; elsewhere the picture brings its own."""
    used = set(re.findall(r"(?:fill|stroke):([^;\"]+)", Diagram(WIRING)._repr_svg_())) - {"none"}
    assert used
    assert all(re.fullmatch(r"var\(--lab-[a-z-]+,#[0-9a-f]{6}\)", colour) for colour in used)


def test_routes_that_lead_to_the_same_function_share_a_line() -> None:
    api, worker = Resource("api", "REST API", "shop"), RESOURCES[3]
    arrows = tuple(Arrow("api", "worker", Way.SYNCHRONOUS, (f"{verb} /orders",)) for verb in ("GET", "POST"))
    picture = drawn(Wiring((api, worker), arrows))
    assert {"GET /orders", "POST /orders"} <= set(words(picture))
    assert len(list(picture.iter(f"{SVG}path"))) == 2  # the other is in the key


def test_a_chain_fits_a_phone() -> None:
    picture = drawn(Wiring(RESOURCES[:1] + RESOURCES[3:4], ARROWS[:1]))
    smallest = re.search(r"min-width:(\d+)px", picture.attrib["style"])
    assert smallest
    assert int(smallest[1]) <= 358
    assert size(drawn(Wiring()))[0] == NARROWEST


def test_the_same_wiring_gives_the_same_bytes() -> None:
    assert Diagram(WIRING)._repr_svg_() == Diagram(WIRING)._repr_svg_()


def test_lines_are_broken_where_a_reader_would_and_end_where_they_must() -> None:
    assert list(broken("batches of up to 10, and more words", 150)) == ["batches of up to 10,", "and more words"]
    assert list(broken("one-two-three-four-five", 90)) == ["one-two-", "three-four-", "five"]
    assert all(measured(line) <= 100 for line in broken("x" * 500, 100))
    assert len(list(broken("x" * 500, 100))) == 4
    assert list(broken("x" * 500, 100))[-1].endswith(" …")
    assert list(broken("", 100)) == []


INSIDE = """() => {
  const svg = document.querySelector("svg");
  const boxes = [...svg.querySelectorAll("rect")].map((each) => each.getBoundingClientRect());
  const whole = boxes[0];
  return [...svg.querySelectorAll("text")].map((text) => {
    const at = text.getBoundingClientRect();
    const home = boxes.slice(1).find((box) => box.left < at.left && at.left < box.right
      && box.top < at.top + 8 && at.bottom - 8 < box.bottom) ?? whole;
    return [text.textContent, home.right - at.right, home.bottom - at.bottom, whole.right - at.right];
  });
}"""


@pytest.mark.parametrize("family", ["system-ui", "DejaVu Sans", "Liberation Sans"])
def test_all_text_is_inside_its_box(chromium: Browser, family: str) -> None:
    """Measured by a browser, in a narrow font and in a wide one."""
    page = chromium.new_page()
    picture = re.sub(r'font-family="[^"]*"', f'font-family="{family}"', Diagram(WIRING)._repr_svg_())
    page.set_content(f"<body>{picture}")
    measured_there: list[list[Any]] = page.evaluate(INSIDE)
    page.close()
    assert len(measured_there) > 20
    assert [each for each in measured_there if min(each[1:]) < 0] == []
