"""The samples of one chapter, as its tests take them: imported, solved, and the events for them; and its exercises.

To test handlers takes no Lambda: a handler is a Python function, and is called as one.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lambdalab import exercises

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]


class Chapter:
    """The folder `samples/<name>`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.folder = ROOT / "samples" / name

    def load(self, name: str) -> ModuleType:
        """A fresh import of a sample, as in a new execution environment: "app", "exercises/basket"."""
        spec = importlib.util.spec_from_file_location(name.replace("/", "_"), self.folder / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def solved(self, name: str) -> Any:
        """The handler that the cell `solutions/<name>.cell` writes into a file."""
        source = (self.folder / "solutions" / f"{name}.cell").read_text(encoding="utf-8")
        assert source.startswith("%%writefile ")
        namespace: dict[str, Any] = {}
        exec(source.partition("\n")[2], namespace)
        return namespace["handler"]

    def event(self, path: str) -> Any:
        """An event that is kept in a file: "event.json"."""
        return json.loads((self.folder / path).read_text(encoding="utf-8"))

    def said(self, exercise: str) -> str:
        """What an exercise's check says to an attempt that does not pass."""
        card: Any = getattr(exercises.load(self.name), exercise).check()
        assert not card.passed, card
        return str(card.text)
