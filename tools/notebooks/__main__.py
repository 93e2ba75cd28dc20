"""`make notebooks [NB=path]`: runs the notebooks and stores their outputs."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from tools.notebooks.execute import CellFailed, refresh

ROOT = Path(__file__).resolve().parent.parent.parent


def chosen(paths: list[str], root: Path) -> list[Path]:
    """Return the notebooks that are meant: all of notebooks/, or the ones named (also from inside notebooks/)."""
    if not paths:
        return sorted(path for path in (root / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
    found = []
    for name in paths:
        place = next((base / name for base in (Path.cwd(), root, root / "notebooks") if (base / name).is_file()), None)
        if place is None or place.suffix != ".ipynb":
            sys.exit(
                f"There is no notebook {name}.\n  What to do: name one below notebooks/, as in NB=first-function.ipynb"
            )
        found.append(place)
    return found


def main() -> int:
    """Run and store; a failing cell stops that notebook only, and makes the exit code 1."""
    parser = argparse.ArgumentParser(prog="make notebooks", description=__doc__)
    parser.add_argument("notebook", nargs="*", help="a notebook; all of notebooks/ without it")
    notebooks = chosen(parser.parse_args().notebook, ROOT)
    failed = 0
    for path in notebooks:
        print(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path, flush=True)
        started = last = time.monotonic()

        def told(index: int, count: int, cell: str) -> None:
            nonlocal last
            now = time.monotonic()
            if index > 1:
                print(f"    {now - last:.1f} s")
            last = now
            print(f"  {index}/{count} {cell}", end="", flush=True)

        try:
            changed, written = refresh(path, told)
        except CellFailed as trouble:
            print(f"\n\n{trouble}\n", flush=True)
            failed += 1
            continue
        said = f"{changed} cells say something new" if changed else "every cell says what it said before"
        print(f"    {time.monotonic() - last:.1f} s\n  {said}; {'stored' if written else 'file unchanged'}", end="")
        print(f" ({time.monotonic() - started:.1f} s)", flush=True)
    if not notebooks:
        print("There is no notebook below notebooks/ yet.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
