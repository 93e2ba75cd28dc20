"""Deployment packages are unpacked with suspicion: nothing outside, nothing too large, nothing half."""

from __future__ import annotations

import io
import stat
import struct
import warnings
import zipfile
from typing import TYPE_CHECKING

import pytest

from lambdalab.runtime import BadPackage, DeploymentPackage
from lambdalab.runtime import code as code_module

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOT_UNZIPPED = "Could not unzip uploaded file. Please check your file, then try to upload again."
EMPTY = "Uploaded file must be a non-empty zip"


def archive(*entries: tuple[str | zipfile.ZipInfo, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as target, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # duplicate names are meant
        for name, content in entries:
            target.writestr(name, content)
    return buffer.getvalue()


def entry(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def refused(data: bytes, tmp_path: Path) -> str:
    """Check and unpack both refuse, with the same words, and nothing is written outside; returns the words."""
    inside = tmp_path / "a" / "b" / "task"
    inside.mkdir(parents=True)
    package = DeploymentPackage(data)
    with pytest.raises(BadPackage) as checked:
        package.check()
    with pytest.raises(BadPackage) as unpacked:
        package.unpack(inside)
    assert str(checked.value) == str(unpacked.value)
    assert [path for path in tmp_path.rglob("*") if path.is_file() and inside not in path.parents] == []
    return str(checked.value)


LEADS_OUT = [
    "../evil",
    "a/../../evil",
    "/evil",
    "..\\evil",
    "a\\..\\..\\evil",
    "C:\\evil",
    "C:evil",
    "\\\\host\\share\\x",
]


@pytest.mark.parametrize("name", LEADS_OUT)
def test_a_path_that_leads_out_is_refused(name: str, tmp_path: Path) -> None:
    message = refused(archive((name, b"x")), tmp_path)
    assert message.startswith(f"The lab does not unpack {name!r}: ")
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize(
    "mode", [stat.S_IFLNK | 0o777, stat.S_IFIFO | 0o644, stat.S_IFCHR | 0o644, stat.S_IFBLK | 0o644, stat.S_IFSOCK]
)
def test_links_and_devices_are_refused(mode: int, tmp_path: Path) -> None:
    message = refused(archive((entry("thing", mode), b"/etc/passwd")), tmp_path)
    assert "not a link and not a path that leads out" in message


def test_an_entry_without_a_name_is_refused(tmp_path: Path) -> None:
    assert "a plain file or folder" in refused(archive(("./", b"")), tmp_path)


def test_bytes_that_are_no_zip_are_refused(tmp_path: Path) -> None:
    assert refused(b"def handler(event, context): pass", tmp_path) == NOT_UNZIPPED


def test_no_bytes_are_refused(tmp_path: Path) -> None:
    assert refused(b"", tmp_path) == NOT_UNZIPPED


def test_an_archive_without_files_is_refused(tmp_path: Path) -> None:
    assert refused(archive(), tmp_path) == EMPTY


@pytest.mark.parametrize("cut", [1, 10, 30, 60])
def test_a_truncated_archive_is_refused(cut: int, tmp_path: Path) -> None:
    assert refused(archive(("app.py", b"x" * 1000))[:-cut], tmp_path) == NOT_UNZIPPED


def _damage(data: bytes) -> bytes:
    """Change a byte of the first entry's content, which is stored as it is."""
    at = data.index(b"CONTENT")
    return data[:at] + b"X" + data[at + 1 :]


def _encrypt(data: bytes) -> bytes:
    """Set the flag that says so, in both headers."""
    local, central = data.index(b"PK\x03\x04"), data.index(b"PK\x01\x02")
    changed = bytearray(data)
    changed[local + 6] |= 1
    changed[central + 8] |= 1
    return bytes(changed)


def _unknown_method(data: bytes) -> bytes:
    local, central = data.index(b"PK\x03\x04"), data.index(b"PK\x01\x02")
    changed = bytearray(data)
    changed[local + 8 : local + 10] = changed[central + 10 : central + 12] = struct.pack("<H", 99)
    return bytes(changed)


@pytest.mark.parametrize("harm", [_damage, _encrypt, _unknown_method])
def test_an_archive_that_cannot_be_read_to_its_end_is_refused(harm: Callable[[bytes], bytes], tmp_path: Path) -> None:
    data = archive(("app.py", b"CONTENT" * 10), compression=zipfile.ZIP_STORED)
    assert refused(harm(data), tmp_path) == NOT_UNZIPPED


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_only_the_usual_compression_is_read(method: int, tmp_path: Path) -> None:
    assert refused(archive(("app.py", b"x" * 1000), compression=method), tmp_path) == NOT_UNZIPPED


def test_a_file_where_another_entry_needs_a_folder_is_refused(tmp_path: Path) -> None:
    assert refused(archive(("a", b"x"), ("a/b", b"y")), tmp_path) == NOT_UNZIPPED


def test_a_package_that_says_it_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_module, "UNZIPPED_LIMIT", 10_000)
    assert refused(archive(("bomb", b"\0" * 10_001)), tmp_path) == code_module._TOO_LARGE


def test_many_entries_are_counted_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_module, "UNZIPPED_LIMIT", 10_000)
    refused(archive(*((f"part-{n}", b"\0" * 1_001) for n in range(10))), tmp_path)
    DeploymentPackage(archive(*((f"part-{n}", b"\0" * 1_000) for n in range(10)))).check()


def test_a_package_that_lies_about_its_size_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table of contents says one byte; what unpacks is a megabyte."""
    monkeypatch.setattr(code_module, "UNZIPPED_LIMIT", 10_000)
    data = bytearray(archive(("bomb", b"\0" * 1_000_000)))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.index(signature) + offset
        data[at : at + 4] = struct.pack("<I", 1)
    assert refused(bytes(data), tmp_path) == NOT_UNZIPPED
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) <= 10_000


def test_what_unpacks_is_counted_while_it_is_read() -> None:
    opened = zipfile.ZipFile(io.BytesIO(archive(("bomb", b"\0" * 1_000_000))))
    read: list[bytes] = []
    with pytest.raises(BadPackage, match="Unzipped size must be smaller than"):
        read.extend(code_module._read(opened, opened.filelist[0], 100_000))
    assert sum(map(len, read)) <= 100_000


def test_the_limit_is_aws_s() -> None:
    assert code_module.UNZIPPED_LIMIT == 250 << 20


def test_of_two_entries_with_one_name_the_later_counts(tmp_path: Path) -> None:
    DeploymentPackage(archive(("app.py", b"first"), ("app.py", b"second"))).unpack(tmp_path)
    assert (tmp_path / "app.py").read_bytes() == b"second"


def test_files_folders_and_modes_are_unpacked(tmp_path: Path) -> None:
    DeploymentPackage(
        archive(
            (entry("bin/run", stat.S_IFREG | 0o755), b"#!/bin/sh"),
            (entry("open.txt", stat.S_IFREG | 0o4666), b""),
            (entry("secret.txt", stat.S_IFREG | 0o000), b"s"),
            ("deep/er/file.txt", b"x"),
            ("empty/", b""),
        )
    ).unpack(tmp_path)
    modes = {
        path.relative_to(tmp_path).as_posix(): stat.S_IMODE(path.stat().st_mode)
        for path in tmp_path.rglob("*")
        if path.is_file()
    }
    assert modes["bin/run"] == 0o755
    assert modes["open.txt"] == 0o666
    assert modes["secret.txt"] & 0o400
    assert (tmp_path / "deep/er/file.txt").read_bytes() == b"x"
    assert (tmp_path / "empty").is_dir()


def test_names_may_be_in_any_language(tmp_path: Path) -> None:
    DeploymentPackage(archive(("données/ü 世.txt", b"x"))).unpack(tmp_path)
    assert (tmp_path / "données" / "ü 世.txt").exists()


def test_the_code_sha256_is_the_digest_of_the_archive() -> None:
    assert DeploymentPackage(b"").sha256 == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


def test_equal_bytes_are_equal_packages() -> None:
    assert DeploymentPackage(b"a") == DeploymentPackage(b"a")
    assert len({DeploymentPackage(b"a"), DeploymentPackage(b"a"), DeploymentPackage(b"b")}) == 2


def test_a_folder_whose_entry_is_broken_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    assert (
        refused(archive(("app.py", b""), ("a/", b"")).replace(b"PK\x03\x04", b"QK\x03\x04"), tmp_path) == NOT_UNZIPPED
    )
