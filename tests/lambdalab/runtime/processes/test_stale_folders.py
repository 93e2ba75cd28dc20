"""What a killed lab left is removed by the next one, and nothing else is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lambdalab.runtime.processes import stale_folders as leftovers
from lambdalab.runtime.processes.stale_folders import claim, sweep

if TYPE_CHECKING:
    from ..conftest import Bench

pytestmark = pytest.mark.skipif(sys.platform in ("win32", "emscripten"), reason="flock is Unix's")

HOLDS_A_FOLDER = """
import pathlib, sys, time
from lambdalab.runtime.processes.stale_folders import claim
folder = pathlib.Path(sys.argv[1])
folder.mkdir()
release = claim(folder)
(folder / "code").mkdir()
(folder / "code" / "app.py").touch()
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def parent(tmp_path: Path) -> Path:
    return tmp_path


def folders(parent: Path) -> list[str]:
    return sorted(path.name for path in parent.iterdir())


def test_the_folder_of_a_killed_process_is_removed_and_that_of_a_living_one_is_not(parent: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS_A_FOLDER, str(parent / "lambdalab-other")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[4],
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"ready\n"
        sweep(parent)
        assert folders(parent) == ["lambdalab-other"]
        other.send_signal(signal.SIGKILL)
        other.wait()
        sweep(parent)
    assert folders(parent) == []


def test_the_own_folder_is_not_removed_before_it_is_let_go(parent: Path) -> None:
    own = parent / "lambdalab-own"
    own.mkdir()
    release = claim(own)
    sweep(parent)
    assert folders(parent) == ["lambdalab-own"]
    release()
    sweep(parent)
    assert folders(parent) == []


def test_what_carries_no_lock_is_left_alone(parent: Path) -> None:
    (parent / "lambdalab-new").mkdir()
    (parent / "lambdalab-file").touch()
    (parent / "another").mkdir()
    claim(parent / "another")()
    sweep(parent)
    assert folders(parent) == ["another", "lambdalab-file", "lambdalab-new"]


def test_a_link_is_not_followed(parent: Path) -> None:
    target = parent / "elsewhere"
    target.mkdir()
    claim(target)()
    (parent / "lambdalab-link").symlink_to(target)
    sweep(parent)
    assert folders(parent) == ["elsewhere", "lambdalab-link"]
    assert (target / ".lock").exists()


def test_another_users_folder_is_not_touched(parent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (parent / "lambdalab-other").mkdir()
    claim(parent / "lambdalab-other")()
    monkeypatch.setattr(os, "getuid", lambda: parent.stat().st_uid + 1)
    sweep(parent)
    assert folders(parent) == ["lambdalab-other"]


def test_a_folder_that_cannot_be_read_hinders_nobody(parent: Path) -> None:
    sweep(parent / "missing")
    assert folders(parent) == []


def test_a_lab_sweeps_when_it_makes_its_folder(
    own_processes: Bench, parent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = parent / f"{leftovers.PREFIX}left"
    left.mkdir()
    claim(left)()
    monkeypatch.setattr(tempfile, "tempdir", str(parent))
    own_processes.run("def handler(event, context): pass")
    assert not left.exists()
    assert len(folders(parent)) == 1
    own_processes.engine.close()
    assert folders(parent) == []
