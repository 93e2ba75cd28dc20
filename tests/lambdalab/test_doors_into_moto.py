"""One door into moto for each service: only a room's `backend.py` imports moto, names its modules or looks inside.

Whoever updates moto reads those files, and their `misfits()` say at start what no longer fits.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2] / "lambdalab"

CORE = {
    "authorization/moto_core.py",  # how a request is authorized and denied
    "endpoint/exchange.py",  # headers that moto wants to see as they were sent
    "endpoint/not_implemented.py",  # operations that moto lacks
    "endpoint/request_context.py",  # which request is being answered
    "endpoint/moto_application.py",  # moto's WSGI application
    "endpoint/unsigned.py",  # how `requests` is answered in the page
    "lab.py",  # starts and resets moto
    "moto_patches.py",  # changes moto
}
"""What has to know moto and is no service's."""

_MODULE = re.compile(r"moto(\.[a-z_0-9]+)+(\.[A-Z]\w*)?")


def files() -> Iterator[tuple[str, ast.Module]]:
    for file in sorted(ROOT.rglob("*.py")):
        yield file.relative_to(ROOT).as_posix(), ast.parse(file.read_text(encoding="utf-8"))


def is_door(name: str) -> bool:
    return bool(re.fullmatch(r"services/\w+/backend\.py", name))


def knows_moto(tree: ast.Module) -> bool:
    """Whether a module imports moto or has the name of one of its modules in a string, other than as documentation."""
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    strings: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import) and any(alias.name.partition(".")[0] == "moto" for alias in node.names):
            return True
        if isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").partition(".")[0] == "moto":
            return True
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            strings.append(node.value)
    return any(_MODULE.fullmatch(each) for each in strings)


def private_of_others(tree: ast.Module) -> set[str]:
    """Private attributes that are used of something else than `self`, and that no class of the module has itself."""
    used: set[str] = set()
    own: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__"):
            of_itself = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
            (own if of_itself else used).add(node.attr)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            own.add(node.name)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            own.add(node.target.id)
        elif isinstance(node, ast.Assign):
            own |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return used - own


def test_only_doors_know_moto() -> None:
    assert {name for name, tree in files() if not is_door(name) and knows_moto(tree)} - CORE == set()


def test_what_is_listed_as_core_knows_moto() -> None:
    assert {name for name, tree in files() if knows_moto(tree)} & CORE == CORE


def test_only_doors_use_what_is_private_to_others() -> None:
    found = {
        name for name, tree in files() if name.startswith("services/") and not is_door(name) and private_of_others(tree)
    }
    assert found == set()


def test_the_rule_sees_each_way_to_moto() -> None:
    for source in (
        "import moto.sqs.models",
        "from moto import mock_aws",
        "def late():\n    from moto.sqs.models import Queue",
        "PATCH = ('moto.sqs.models', 'Queue')",
    ):
        assert knows_moto(ast.parse(source)), source
    for source in (
        "'moto.sqs keeps queues.'",
        "from motor import moto",
        "from . import moto",
        "text = 'moto is old'",
    ):
        assert not knows_moto(ast.parse(source)), source


def test_the_rule_sees_what_is_private_to_others() -> None:
    assert private_of_others(ast.parse("queue._messages")) == {"_messages"}
    assert private_of_others(ast.parse("response.backend._lambdas.x")) == {"_lambdas"}
    own = "class A:\n    _x: int\n    def f(self, other): return self._y + other._x"
    assert private_of_others(ast.parse(own)) == set()
