"""The command: draw the picture, compare it with the code, or draw another revision. See the package."""

from __future__ import annotations

import argparse
import ast
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from . import revision
from .draw import draw
from .graph import Code
from .plan import plan

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "docs" / "diagrams" / "house.svg"
FLOORS = ("tools/house/floors.py", "tests/test_structure.py")
"""Where a revision says its floors: today, and before there was this tool."""
DEPTH = 2
TITLE = "The packages of lambdalab and what they import"


def floors(root: Path) -> Sequence[Sequence[str]]:
    """What the code below a folder says about its floors, read without running it."""
    for name in FLOORS:
        if (root / name).is_file():
            for node in ast.parse((root / name).read_text(encoding="utf-8")).body:
                if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FLOORS":
                    found: Sequence[Sequence[str]] = ast.literal_eval(node.value)
                    return found
    raise SystemExit(f"No FLOORS in {' or '.join(FLOORS)}: the picture would not know what stands where.")


def picture(root: Path, title: str = TITLE, depth: int = DEPTH) -> str:
    """The picture of the code below a folder."""
    return draw(plan(Code(root, ("lambdalab",)), floors(root), depth), title)


def of_revision(name: str, depth: int = DEPTH) -> str:
    """The picture of the code as it was."""
    with revision.files(ROOT, name) as folder:
        return picture(folder, f"{TITLE}, in revision {revision.short_name(ROOT, name)}", depth)


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.house", description="Draw which package imports which.")
    parser.add_argument("--check", action="store_true", help="only say whether the picture is of the code as it is")
    parser.add_argument("--rev", help="draw the code of this git revision instead")
    parser.add_argument("--depth", type=int, default=DEPTH, help="levels of packages in packages (%(default)s)")
    parser.add_argument("--out", type=Path, default=PICTURE, help="the file (docs/diagrams/house.svg)")
    options = parser.parse_args(arguments)
    drawn = of_revision(options.rev, options.depth) if options.rev else picture(ROOT, depth=options.depth)
    if options.check:
        if options.out.is_file() and options.out.read_text(encoding="utf-8") == drawn:
            print(f"{options.out.name} shows the code as it is.")
            return 0
        print(f"{options.out.name} does not show the code as it is. What to do: python -m tools.house draws it again.")
        return 1
    options.out.write_text(drawn, encoding="utf-8")
    print(f"{options.out.name}: {len(drawn) // 1000} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
