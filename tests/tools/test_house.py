"""The picture of the packages: it says what the source says, nothing stands on anything else, and it can be checked."""

from __future__ import annotations

import subprocess
import textwrap
import xml.etree.ElementTree as ET
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.house import __main__ as house
from tools.house.draw import draw, words
from tools.house.floors import FLOORS
from tools.house.graph import Code, circles
from tools.house.places import Placed, place
from tools.house.plan import Arrow, Room, plan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SVG = "{http://www.w3.org/2000/svg}"


def write(root: Path, **files: str) -> Path:
    """Files of the lab: `cloud__sqs` is lambdalab/cloud/sqs.py. Folders become packages."""
    for name, source in files.items():
        file = root.joinpath("lambdalab", *name.split("__")).with_suffix(".py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(source), encoding="utf-8")
        for folder in file.parents:
            if folder == root:
                break
            if not (folder / "__init__.py").exists():
                (folder / "__init__.py").write_text("", encoding="utf-8")
    return root


@pytest.fixture
def small(tmp_path: Path) -> Path:
    write(
        tmp_path,
        lab="from . import cloud\nfrom .cloud import sqs\n",
        cloud__sqs="from lambdalab.cloud.deep import one, two\nimport lambdalab.clock\n",
        cloud__deep__one="from . import two\n",
        cloud__deep__two="""
            from typing import TYPE_CHECKING
            if TYPE_CHECKING:
                from .one import Something
            """,
        clock="import time\n",
    )
    floors = tmp_path / "tools" / "house" / "floors.py"
    floors.parent.mkdir(parents=True)
    floors.write_text('FLOORS = (("lab",), ("cloud",), ("clock",))\n', encoding="utf-8")
    return tmp_path


class TestGraph:
    def test_an_import_counts_wherever_it_stands(self, tmp_path: Path) -> None:
        write(
            tmp_path,
            here="""
                from typing import TYPE_CHECKING
                from .room import inner
                if TYPE_CHECKING:
                    from .room.inner import Kind
                def late():
                    import lambdalab.room.other
                """,
            room__inner="from .. import here\nfrom . import other\nKind = int\n",
            room__other="",
        )
        code = Code(tmp_path, ("lambdalab",))
        found = [(found.imported, found.line, found.for_types) for found in code.imports["lambdalab.here"]]
        assert found == [
            ("typing", 2, False),
            ("lambdalab.room.inner", 3, False),
            ("lambdalab.room.inner", 5, True),
            ("lambdalab.room.other", 7, False),
        ]
        assert code.graph["lambdalab.room.inner"] == {"lambdalab.here", "lambdalab.room.other"}

    def test_circles_are_found_whole_and_what_leads_to_them_is_in_none(self) -> None:
        graph = {
            "before": "a", "a": "b", "b": "c", "c": "a between", "between": "x", "x": "y", "y": "x after", "after": "",
            "itself": "itself unknown",
        }  # fmt: skip
        found = circles({node: frozenset(targets.split()) for node, targets in graph.items()})
        assert found == [["itself"], ["x", "y"], ["a", "b", "c"]]

    def test_circles_that_share_a_module_are_one(self) -> None:
        graph = {"a": frozenset("b"), "b": frozenset("ac"), "c": frozenset("b")}
        assert circles(graph) == [["a", "b", "c"]]

    @given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9))))
    def test_arrows_that_only_lead_to_larger_numbers_make_none(self, arrows: list[tuple[int, int]]) -> None:
        graph = {str(n): frozenset(str(b) for a, b in arrows if a == n and a < b) for n in range(10)}
        assert circles(graph) == []


class TestPlan:
    def test_rooms_stand_on_their_floors_and_an_arrow_counts_lines(self, small: Path) -> None:
        planned = plan(Code(small, ("lambdalab",)), house.floors(small), depth=2)
        assert [[room.name for room in floor] for floor in planned.floors] == [["lab"], ["cloud"], ["clock"]]
        assert planned.arrows == (Arrow("cloud", "clock", 1, False), Arrow("lab", "cloud", 2, False))

    def test_a_room_shows_its_subpackages_and_its_own_files(self, small: Path) -> None:
        planned = plan(Code(small, ("lambdalab",)), house.floors(small), depth=2)
        cloud = planned.rooms[1]
        assert [(room.name, room.files) for room in cloud.rooms] == [("its own files", 2), ("deep", 3)]
        assert cloud.arrows == (Arrow("its own files", "deep", 1, False),)

    def test_a_circle_inside_what_is_not_shown_is_counted(self, small: Path) -> None:
        code, floors = Code(small, ("lambdalab",)), house.floors(small)
        assert plan(code, floors, depth=1).rooms[1] == Room("cloud", 5, circle=2)
        assert plan(code, floors, depth=2).rooms[1].rooms[1] == Room("deep", 3, circle=2)

    def test_arrows_of_a_circle_between_rooms_are_marked_and_others_are_not(self, tmp_path: Path) -> None:
        write(
            tmp_path,
            one__a="import lambdalab.two.a",
            one__b="import lambdalab.two.b",
            two__a="import lambdalab.one.a",
            two__b="import lambdalab.three",
            three="",
        )
        planned = plan(Code(tmp_path, ("lambdalab",)), (("one",), ("two",), ("three",)), depth=1)
        assert planned.arrows == (
            Arrow("one", "two", 2, True),
            Arrow("two", "one", 1, True),
            Arrow("two", "three", 1, False),
        )

    def test_a_room_without_a_floor_stands_below_all_others(self, small: Path) -> None:
        write(small, attic="")
        planned = plan(Code(small, ("lambdalab",)), house.floors(small), depth=1)
        assert [room.name for room in planned.floors[-1]] == ["attic"]


def boxes(placed: Placed) -> Iterator[tuple[Placed, Placed]]:
    """All pairs of boxes that stand in the same box."""
    for number, one in enumerate(placed.inside):
        for other in placed.inside[number + 1 :]:
            yield one, other
        yield from boxes(one)


def houses() -> st.SearchStrategy[Room]:
    names = [f"room{number}" for number in range(9)]
    ends = st.tuples(st.sampled_from(names), st.sampled_from(names)).filter(lambda pair: pair[0] != pair[1])

    def build(floors: list[int], arrows: list[tuple[str, str]], lines: int) -> Room:
        rows = [tuple(Room(name, 2) for name, at in zip(names, floors, strict=True) if at == n) for n in range(5)]
        arrow = tuple(Arrow(source, target, lines, False) for source, target in arrows)
        return Room("lambdalab", 18, 0, tuple(row for row in rows if row), arrow)

    floors = st.lists(st.integers(0, 4), min_size=9, max_size=9)
    return st.builds(build, floors, st.lists(ends, unique=True, max_size=30), st.integers(1, 200))


class TestPlaces:
    @given(houses())
    def test_no_box_stands_on_another_and_no_arrow_runs_through_a_box(self, room: Room) -> None:
        placed = place(room)
        for one, other in boxes(placed):
            apart_x = one.x + one.width <= other.x or other.x + other.width <= one.x
            assert apart_x or one.y + one.height <= other.y or other.y + other.height <= one.y
        for run in placed.runs:
            for number, ((x, y), (_, until)) in enumerate(pairwise(run.points)):
                top, bottom = sorted((y, until))
                for inner in placed.inside:
                    beside = not inner.x < x < inner.x + inner.width
                    if number % 2 == 0:  # upright
                        assert beside or bottom <= inner.y or top >= inner.y + inner.height
                    elif y != until:  # bent, from one floor to the next: no box is as high as this
                        assert bottom <= inner.y or top >= inner.y + inner.height

    @given(houses())
    def test_everything_is_inside_the_house(self, room: Room) -> None:
        placed = place(room)
        points = [point for run in placed.runs for point in run.points]
        points += [(inner.x + inner.width, inner.y + inner.height) for inner in placed.inside]
        points += [(inner.x, inner.y) for inner in placed.inside]
        assert all(0 <= x <= placed.width and 0 <= y <= placed.height for x, y in points)

    def test_an_arrow_ends_at_its_room(self, small: Path) -> None:
        placed = place(plan(Code(small, ("lambdalab",)), house.floors(small), depth=2))
        at = {inner.room.name: inner for inner in placed.inside}
        for run in placed.runs:
            source, target = at[run.arrow.source], at[run.arrow.target]
            assert source.x < run.points[0][0] < source.x + source.width
            assert run.points[0][1] == source.y + source.height
            assert target.x < run.points[-1][0] < target.x + target.width
            assert run.points[-1][1] == target.y


class TestPicture:
    def test_who_cannot_see_it_reads_all_of_it(self, small: Path) -> None:
        planned = plan(Code(small, ("lambdalab",)), house.floors(small), depth=2)
        assert list(words(planned)) == [
            "7 files of Python in rooms on 3 floors. The number after an imported package says how many lines import "
            "something from it.",
            "Floor 1 from the top: lab.",
            "Floor 2 from the top: cloud (5 files).",
            "Floor 3 from the top: clock.",
            "cloud imports clock (1).",
            "lab imports cloud (2).",
            "In cloud: its own files (2 files), deep (3 files, 2 in a circle).",
            "In cloud, its own files import deep (1).",
        ]

    def test_it_is_an_image_with_a_title_and_colours_for_every_page(self, small: Path) -> None:
        root = ET.fromstring(house.picture(small))
        assert root.attrib["role"] == "img"
        assert root.findtext(f"{SVG}title") == house.TITLE
        assert "cloud imports clock (1)." in (root.findtext(f"{SVG}desc") or "")
        styles = " ".join(element.attrib.get("style", "") for element in root.iter())
        assert "#" not in styles.replace("var(--lab-", "").replace(",#", "")  # only as a fallback
        assert not [element for element in root.iter() if "id" in element.attrib]

    def test_a_circle_is_red(self, small: Path) -> None:
        shown = house.picture(small)
        assert "2 in a circle" in shown
        assert "--lab-error" in shown
        (small / "lambdalab/cloud/deep/two.py").write_text("", encoding="utf-8")
        assert "--lab-error" not in house.picture(small)

    def test_the_same_code_gives_the_same_picture(self, small: Path) -> None:
        assert house.picture(small) == house.picture(small)
        planned = plan(Code(house.ROOT, ("lambdalab",)), FLOORS, depth=3)
        assert draw(planned, "twice") == draw(planned, "twice")


class TestCommand:
    def test_check_passes_on_what_was_drawn_and_fails_when_the_code_changes(
        self, small: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(house, "ROOT", small)
        out = small / "house.svg"
        arguments = ["--out", str(out)]
        assert house.main([*arguments, "--check"]) == 1
        assert house.main(arguments) == 0
        assert house.main([*arguments, "--check"]) == 0
        before = out.read_text(encoding="utf-8")
        write(small, attic="")
        capsys.readouterr()
        assert house.main([*arguments, "--check"]) == 1
        assert "python -m tools.house draws it again" in capsys.readouterr().out
        assert out.read_text(encoding="utf-8") == before

    def test_another_revision_is_drawn_with_its_own_floors(self, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def git(*arguments: str) -> None:
            me = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
            subprocess.run(("git", *me, *arguments), cwd=small, check=True, capture_output=True)

        git("init", "-q")
        git("add", ".")
        git("commit", "-qm", "first")
        write(small, attic="")
        (small / "tools/house/floors.py").write_text('FLOORS = (("attic",), ("cloud",))\n', encoding="utf-8")
        monkeypatch.setattr(house, "ROOT", small)
        drawn = house.of_revision("HEAD")
        assert "attic" not in drawn
        assert "Floor 3 from the top: clock." in drawn
        assert f"{house.TITLE}, in revision " in drawn
        assert "attic" in house.picture(small)

    def test_a_revision_that_is_not_there_is_one_sentence(self) -> None:
        with pytest.raises(SystemExit, match="git archive no-such-revision"):
            house.of_revision("no-such-revision")

    def test_code_without_floors_is_one_sentence(self, tmp_path: Path) -> None:
        with pytest.raises(SystemExit, match="No FLOORS in"):
            house.floors(tmp_path)
