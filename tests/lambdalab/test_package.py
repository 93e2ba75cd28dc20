"""lab.package(): the same bytes for the same files, and words for what cannot be packed."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from typing import TYPE_CHECKING

import pytest

from lambdalab.package import package

if TYPE_CHECKING:
    from pathlib import Path


def names(data: bytes) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(data)).namelist()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    for name in ("app.py", "lib/b.py", "lib/a.py", "lib/deep/data.json"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return folder


def test_a_file_goes_to_the_root(project: Path) -> None:
    assert names(package(project / "lib/a.py")) == ["a.py"]


def test_of_a_folder_its_contents_do(project: Path) -> None:
    assert names(package(project)) == ["app.py", "lib/a.py", "lib/b.py", "lib/deep/data.json"]
    assert zipfile.ZipFile(io.BytesIO(package(str(project)))).read("lib/a.py") == b"lib/a.py"


def test_several_files_and_folders_go_together(project: Path) -> None:
    assert names(package(project / "app.py", project / "lib")) == ["a.py", "app.py", "b.py", "deep/data.json"]


def test_the_same_files_make_the_same_bytes_at_any_time_and_in_any_order(project: Path) -> None:
    first = package(project / "app.py", project / "lib")
    for path in project.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    assert package(project / "lib", project / "app.py") == first
    (project / "app.py").write_text("changed")
    assert package(project / "app.py", project / "lib") != first


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o666])
def test_who_may_read_a_file_here_does_not_count(project: Path, mode: int) -> None:
    (project / "app.py").chmod(0o644)
    expected = package(project / "app.py")
    (project / "app.py").chmod(mode)
    assert package(project / "app.py") == expected


def test_the_executable_bit_is_kept(project: Path) -> None:
    (project / "app.py").chmod(0o700)
    infos = {info.filename: info.external_attr >> 16 for info in zipfile.ZipFile(io.BytesIO(package(project))).filelist}
    assert infos["app.py"] == stat.S_IFREG | 0o755
    assert infos["lib/a.py"] == stat.S_IFREG | 0o644


@pytest.mark.parametrize(
    "left_out", ["__pycache__/app.cpython-313.pyc", ".git/HEAD", ".ipynb_checkpoints/x", ".DS_Store"]
)
@pytest.mark.parametrize("below", ["", "lib/"])
def test_what_no_function_needs_is_left_out(project: Path, left_out: str, below: str) -> None:
    expected = package(project)
    path = project / below / left_out
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    assert package(project) == expected


def test_a_folder_that_lies_below_such_a_name_is_packed(tmp_path: Path) -> None:
    folder = tmp_path / ".git" / "inner"
    folder.mkdir(parents=True)
    (folder / "app.py").write_text("")
    assert names(package(folder)) == ["app.py"]


def test_a_missing_file_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError) as caught:
        package("ap.py")
    assert str(caught.value) == (
        "There is no 'ap.py' to package. Run the cell that writes it first, or check the spelling."
    )


def test_two_files_of_one_name_are_said(project: Path) -> None:
    (project / "lib/app.py").write_text("other")
    with pytest.raises(ValueError, match=r"Two files would be called 'app\.py' in the package: "):
        package(project / "app.py", project / "lib/app.py")


def test_nothing_to_pack_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"package\(\) needs something to pack"):
        package()
    with pytest.raises(ValueError, match="There is no file in "):
        package(tmp_path)
