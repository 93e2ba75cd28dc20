"""The command `python -m tools.models`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tools.browser import contents

from . import issue, releases
from .trees import ModelsError

if TYPE_CHECKING:
    from .trees import Tree


def services(old: Tree, new: Tree) -> list[str]:
    """Lambda, its relatives, and the other services that the lab has."""
    relatives = {name for name in old.services | new.services if name.startswith("lambda-")}
    return ["lambda", *sorted(relatives), *sorted(contents.SERVICES - relatives - {"lambda"})]


def main(arguments: list[str] | None = None) -> int:
    """Print the issue; 1 if there is nothing to compare with."""
    parser = argparse.ArgumentParser(prog="python -m tools.models", description="What is new in AWS's models.")
    parser.add_argument("--from", dest="old", metavar="VERSION", help="a version of botocore (default: the installed)")
    parser.add_argument("--to", dest="new", metavar="VERSION", help="and another (default: the newest on PyPI)")
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            old = releases.downloaded(folder / "old", options.old) if options.old else releases.installed()
            new = releases.downloaded(folder / "new", options.new)
            if old.version == new.version:
                print(f"botocore {old.version} on both sides: nothing is new.")
            else:
                print(issue.write(old, new, services(old, new)), end="")
    except ModelsError as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
