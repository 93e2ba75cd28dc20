"""Whatever is linked to whatever: no two boxes overlap, no link runs through a box, and links lead to the right."""

from __future__ import annotations

from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as some

from lambdalab.show.layout import COLUMN_GAP, Box, Layout, Link, arrange, curve

sizes = some.tuples(some.floats(40, 220).map(round), some.floats(20, 300).map(round))


@some.composite
def drawings(draw: some.DrawFn) -> tuple[list[Box], list[Link]]:
    boxes = [Box(str(number), *size) for number, size in enumerate(draw(some.lists(sizes, min_size=1, max_size=12)))]
    ends = some.sampled_from(boxes)
    links = [
        Link(source.id, target.id, source.height / 2)
        for source, target in draw(some.lists(some.tuples(ends, ends), max_size=20))
    ]
    return boxes, links


def chain(*names: str, height: float = 40) -> tuple[list[Box], list[Link]]:
    return [Box(name, 100, height) for name in names], [Link(one, other, height / 2) for one, other in pairwise(names)]


def crossed(layout: Layout, path: int) -> list[str]:
    """The boxes that the level stretches of a path run through. Bent ones lie between columns."""
    points = layout.paths[path].points
    stretches = [
        (one, other) for number, (one, other) in enumerate(pairwise(points)) if layout.paths[path].back or number % 2
    ]
    return [
        name
        for name, box in layout.boxes.items()
        for (x, y), (other_x, other_y) in stretches
        if min(x, other_x) < box.x + box.width
        and max(x, other_x) > box.x
        and min(y, other_y) < box.y + box.height
        and max(y, other_y) > box.y
    ]


@given(drawings())
def test_boxes_are_apart_and_inside(drawing: tuple[list[Box], list[Link]]) -> None:
    layout = arrange(*drawing)
    for one, other in combinations(layout.boxes.values(), 2):
        beside = one.x + one.width + COLUMN_GAP <= other.x or other.x + other.width + COLUMN_GAP <= one.x
        above = one.y + one.height < other.y or other.y + other.height < one.y
        assert beside or above
    for box in layout.boxes.values():
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.width <= layout.width
        assert box.y + box.height <= layout.height
    for path in layout.paths:
        assert all(0 <= x <= layout.width and 0 <= y <= layout.height for x, y in path.points)


@given(drawings())
def test_links_begin_and_end_at_their_boxes_and_run_through_none(drawing: tuple[list[Box], list[Link]]) -> None:
    boxes, links = drawing
    layout = arrange(boxes, links)
    for number, (link, path) in enumerate(zip(links, layout.paths, strict=True)):
        source, target = layout.boxes[link.source], layout.boxes[link.target]
        assert path.points[0] == (source.x + source.width, source.y + link.port)
        assert path.points[-1][0] == target.x
        assert target.y <= path.points[-1][1] <= target.y + target.height
        assert crossed(layout, number) == []
        if not path.back:
            assert all(x < other for (x, _), (other, _) in pairwise(path.points))


@given(drawings())
def test_the_same_drawing_is_arranged_the_same(drawing: tuple[list[Box], list[Link]]) -> None:
    assert arrange(*drawing) == arrange(*drawing)


def test_a_chain_is_straight() -> None:
    layout = arrange(*chain("bucket", "function", "queue"))
    assert len({y for path in layout.paths for _, y in path.points}) == 1
    assert [box.x for box in layout.boxes.values()] == [0, 154, 308]
    assert curve(layout.paths[0]).startswith("M100 20 C")


def test_what_nothing_leads_to_stands_beside_what_it_leads_to() -> None:
    boxes, links = chain("topic", "queue", "function")
    boxes.append(Box("schedule", 100, 40))
    layout = arrange(boxes, [*links, Link("schedule", "function", 20)])
    assert layout.boxes["schedule"].x == layout.boxes["queue"].x


def test_an_order_is_found_that_crosses_nothing() -> None:
    boxes = [Box(name, 100, 40) for name in ("a", "b", "c", "x", "y", "z")]
    layout = arrange(boxes, [Link("a", "z", 20), Link("b", "y", 20), Link("c", "x", 20)])
    assert [layout.boxes[name].y for name in "abc"] == [layout.boxes[name].y for name in "zyx"]


def test_a_circle_is_closed_below_everything() -> None:
    boxes, links = chain("bucket", "function", "topic")
    layout = arrange(boxes, [*links, Link("topic", "function", 20), Link("function", "function", 20)])
    assert [path.back for path in layout.paths] == [False, False, True, True]
    lowest = max(box.y + box.height for box in layout.boxes.values())
    lanes = [max(y for _, y in path.points) for path in layout.paths if path.back]
    assert min(lanes) > lowest
    assert len(set(lanes)) == 2


def test_nothing_is_arranged_into_nothing() -> None:
    assert arrange([], []) == Layout({}, (), 0, 0)
