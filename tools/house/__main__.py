"""The command: draw the picture, compare it with the code, or draw another revision. See the package."""

from __future__ import annotations

import argparse
import ast
import io
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from .draw import draw
from .graph import TOPS, Code
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


def of_revision(revision: str, depth: int = DEPTH) -> str:
    """The picture of the code as it was."""
    name = _git("rev-parse", "--short", f"{revision}^{{commit}}").decode().strip()
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(_git("archive", revision))) as archive:
            wanted = [member for member in archive.getmembers() if member.name.startswith(TOPS)]
            archive.extractall(folder, wanted, filter="data")
        return picture(Path(folder), f"{TITLE}, in revision {name}", depth)


def _git(*arguments: str) -> bytes:
    done = subprocess.run(("git", *arguments), cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"git {' '.join(arguments)}: {done.stderr.decode().strip()}")
    return done.stdout


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
