"""The wheel of aws-sam-cli, for what lies inside it and nowhere else; it is never installed.

AWS's Runtime Interface Emulator (a peer in the bench), and the sample events that `sam local generate-event` prints
(tests compare the lab's events with them). Downloaded once, with its hash locked in requirements/bench.txt:
`python -m tools.sam_wheel`, which `make test` and `make bench` do.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / "build" / "sam"


def fetch() -> None:
    """Download the wheel, unless it is there."""
    if _found():
        return
    print("  fetching aws-sam-cli, to look into …", flush=True)
    PLACE.mkdir(parents=True, exist_ok=True)
    requirements = ROOT / "requirements" / "bench.txt"
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--require-hashes"),
            *("--only-binary=:all:", "-d", str(PLACE), "-r", str(requirements)),
        ],
        check=True,
    )


def read(name: str) -> bytes:
    """A file of the wheel: "samcli/lib/…"."""
    if not (found := _found()):
        raise FileNotFoundError("The wheel of aws-sam-cli is not there: `python -m tools.sam_wheel` fetches it.")
    with zipfile.ZipFile(found[-1]) as archive:
        return archive.read(name)


def _found() -> list[Path]:
    return sorted(PLACE.glob("aws_sam_cli-*.whl"))


if __name__ == "__main__":
    fetch()
