"""The house: arrows between its packages point down, none in a circle, and each package says what is in it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]

# From the top down. Those on one floor do not know each other.
FLOORS = (
    ("__main__",),
    ("cli", "testing"),
    ("target_selection",),
    ("lab", "real_account"),
    ("interface",),
    ("services", "monitoring", "show"),
    ("endpoint",),
    ("delivery", "guard"),
    ("authorization", "event_patterns", "http_payload"),
    ("runtime", "moto_patches", "moto_imports"),
    ("browser", "clock", "execution_role", "exercises", "package", "policies", "rooms", "wiring"),
)
FLOOR = {room: number for number, floor in enumerate(FLOORS) for room in floor}


@cache
def modules() -> dict[str, Path]:
    """Every module of the lab, the tools and the tests, by its name."""
    files = [file for top in ("lambdalab", "tools", "tests") for file in sorted((ROOT / top).rglob("*.py"))]
    return {_name(file): file for file in files}


def _name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imports(module: str, *, types: bool = True) -> frozenset[str]:
    """What a module imports anywhere in it; without `types`, not what it imports for type checkers only."""
    tree = ast.parse(modules()[module].read_text(encoding="utf-8"))
    unread = set() if types else {id(node) for block in _for_types(tree) for node in ast.walk(block)}
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in unread:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = _base(module, node)
            found |= {name if (name := f"{base}.{alias.name}") in modules() else base for alias in node.names}
    return frozenset(found)


def _for_types(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from node.body


def _base(module: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = module.split(".")
    if modules()[module].name == "__init__.py":
        parts = [*parts, ""]
    return ".".join([*parts[: -node.level], *([node.module] if node.module else [])])


def room(module: str) -> str | None:
    """Where in the lab a module stands: "lambdalab.runtime.pool" in "runtime"."""
    top, _, rest = module.partition(".")
    return rest.partition(".")[0] or None if top == "lambdalab" else None


def test_every_room_of_the_lab_has_its_floor() -> None:
    assert {room(module) for module in modules()} - {None} == set(FLOOR)


def test_arrows_point_down() -> None:
    up = [
        f"{module} imports {other}"
        for module in modules()
        for other in imports(module)
        if (here := room(module)) and (there := room(other)) and here != there and FLOOR[there] <= FLOOR[here]
    ]
    assert up == []


def test_the_lab_knows_neither_tools_nor_tests_and_the_tools_know_no_tests() -> None:
    unknown = {"lambdalab": ("tools", "tests"), "tools": ("tests",), "tests": ()}
    found = [
        f"{module} imports {other}"
        for module in modules()
        for other in imports(module)
        if other.partition(".")[0] in unknown[module.partition(".")[0]]
    ]
    assert found == []


def test_the_engine_knows_nothing_of_moto_or_of_the_sdk() -> None:
    strangers = {"moto", "boto3", "botocore", "flask", "werkzeug", "requests"}
    engine = [module for module in modules() if room(module) == "runtime"]
    assert len(engine) > 20
    assert [module for module in engine if {name.partition(".")[0] for name in imports(module)} & strangers] == []


def test_no_module_imports_one_that_imports_it() -> None:
    """Counting what runs, also late, inside a function; names for type checkers are no arrows here."""
    circles = [
        f"{module} ⇄ {other}"
        for module in modules()
        for other in imports(module, types=False) & set(modules())
        if module < other and module in imports(other, types=False)
    ]
    assert circles == []


@pytest.mark.parametrize(
    "package",
    [name for name, file in modules().items() if file.name == "__init__.py" and not name.startswith("tests")],
)
def test_a_package_says_what_is_in_it(package: str) -> None:
    file = modules()[package]
    said = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    names = {
        entry.stem
        for entry in file.parent.iterdir()
        if entry.suffix == ".py" or (entry / "__init__.py").is_file()
        if not entry.name.startswith("__")
    }
    assert [name for name in sorted(names) if name not in said] == []
