"""The house: arrows between its packages point down, none in a circle, and each package says what is in it.

Imports for type checkers count like all others: somebody who reads the code follows them too.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from tools.house.floors import FLOORS
from tools.house.graph import Code, circles, room

FLOOR = {name: number for number, floor in enumerate(FLOORS) for name in floor}
CODE = Code(Path(__file__).parents[1])
MOST_FILES = 25
"""In one folder; more than that have rooms of their own."""


def test_every_room_of_the_lab_has_its_floor() -> None:
    assert {room(module) for module in CODE.modules} - {None} == set(FLOOR)


def test_arrows_point_down() -> None:
    up = [
        f"{module} imports {other}"
        for module in CODE.modules
        for other in CODE.imported(module)
        if (here := room(module)) and (there := room(other)) and here != there and FLOOR[there] <= FLOOR[here]
    ]
    assert up == []


def test_the_lab_knows_neither_tools_nor_tests_and_the_tools_know_no_tests() -> None:
    unknown = {"lambdalab": ("tools", "tests"), "tools": ("tests",), "tests": ()}
    found = [
        f"{module} imports {other}"
        for module in CODE.modules
        for other in CODE.imported(module)
        if other.partition(".")[0] in unknown[module.partition(".")[0]]
    ]
    assert found == []


def test_the_engine_knows_nothing_of_moto_or_of_the_sdk() -> None:
    strangers = {"moto", "boto3", "botocore", "flask", "werkzeug", "requests"}
    engine = [module for module in CODE.modules if room(module) == "runtime"]
    assert len(engine) > 20
    assert [module for module in engine if {name.partition(".")[0] for name in CODE.imported(module)} & strangers] == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert [" ⇄ ".join(circle) for circle in circles(CODE.graph)] == []


def test_a_folder_with_many_files_has_rooms() -> None:
    files = Counter(file.parent.relative_to(CODE.root).as_posix() for file in CODE.modules.values())
    assert {folder: count for folder, count in files.items() if count > MOST_FILES} == {}


@pytest.mark.parametrize(
    "package",
    [name for name, file in CODE.modules.items() if file.name == "__init__.py" and not name.startswith("tests")],
)
def test_a_package_says_what_is_in_it(package: str) -> None:
    file = CODE.modules[package]
    said = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    names = {
        entry.stem
        for entry in file.parent.iterdir()
        if entry.suffix == ".py" or (entry / "__init__.py").is_file()
        if not entry.name.startswith("__")
    }
    assert [name for name in sorted(names) if name not in said] == []


def test_a_file_that_a_text_of_the_lab_names_is_there() -> None:
    """In docstrings and comments, between backquotes: `pool.py`."""
    there = {file.name for file in CODE.modules.values()} | {"app.py", "lambda_function.py", "index.py"}
    stale = [
        f"{name} names {found}"
        for name, file in CODE.modules.items()
        if name.startswith("lambdalab")
        for found in re.findall(r"`(?:[\w/]+/)?(\w+\.py)`", file.read_text(encoding="utf-8"))
        if found not in there
    ]
    assert stale == []
