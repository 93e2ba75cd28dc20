"""Archives made by chance, and broken by chance: each is refused in words, or unpacked, and nothing lands outside."""

from __future__ import annotations

import io
import os
import stat
import struct
import tempfile
import warnings
import zipfile
from pathlib import Path
from typing import Any

import hypothesis
from hypothesis import strategies as st

from lambdalab.runtime import BadPackage, DeploymentPackage
from lambdalab.runtime import code as code_module

PARTS = ["a", "b", "app.py", "App.py", "..", ".", "", "C:", "con", "dev", "null", "a\\b", "\0", "é", "x" * 256, "\n"]
names = st.lists(st.sampled_from(PARTS) | st.text(max_size=4), min_size=1, max_size=4).map("/".join)
modes = st.sampled_from(
    [0, 0o100644, 0o104755, 0o102755, 0o040755, 0o120777, 0o010644, 0o020644, 0o060644, 0o140777, 0o100000, 0xFFFF]
)
contents = st.binary(max_size=40) | st.sampled_from([b"\0" * 5_000, b"../../evil", b"PK\x05\x06" + b"\0" * 18])
extras = st.sampled_from([b"", b"", b"", b"\1\2\3", b"\x75\x70\x04\0\1\0\0\0", b"\1\0\xff\xff"])
NUL = "\U0010fffd"
NUMBERS = [0, 1, 2, 0xFF, 0x7FFF, 0xFFFE, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF]
HEADERS = [b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"]


@st.composite
def archives(draw: st.DrawFn) -> bytes:
    """A real archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the same name twice
        for name, mode, content, method, extra in draw(
            st.lists(st.tuples(names, modes, contents, st.sampled_from([0, 8, 8, 12]), extras), max_size=5)
        ):
            info = zipfile.ZipInfo("x")
            info.filename = name.replace("\0", NUL)
            info.external_attr = mode << 16
            info.compress_type = method
            info.extra = extra
            target.writestr(info, content)
        target.comment = draw(st.binary(max_size=8))
    # zipfile writes no NUL into a name; others do.
    return buffer.getvalue().replace(NUL.encode(), b"\0" * len(NUL.encode()))


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    """A real archive in which some bytes are not what they were; most often a number in a header."""
    data = bytearray(draw(archives()))
    for _ in range(draw(st.integers(0, 3))):
        kind = draw(st.sampled_from(["field", "field", "field", "byte", "cut", "again", "between"]))
        at = draw(st.integers(0, max(0, len(data) - 1)))
        match kind:
            case "field":
                found = data.find(draw(st.sampled_from(HEADERS)))
                if found >= 0:
                    at = min(found + draw(st.integers(4, 56)), len(data))
                    form = draw(st.sampled_from(["<H", "<L", "<Q"]))
                    number = draw(st.sampled_from(NUMBERS)) % (1 << 8 * struct.calcsize(form))
                    data[at : at + struct.calcsize(form)] = struct.pack(form, number)
            case "byte" if data:
                data[at] ^= draw(st.integers(1, 255))
            case "cut":
                del data[at:]
            case "again":
                data += data[at:]
            case "between":
                data[at:at] = draw(st.binary(max_size=8))
    return bytes(data)


def verdict(data: bytes) -> tuple[str, dict[str, tuple[int, int]]]:
    """What check and unpack say, which must be the same; and what is there afterwards: mode and size of each path."""
    with tempfile.TemporaryDirectory() as place:
        inside = Path(place, "a", "b", "task")
        inside.mkdir(parents=True)
        said = [_said(DeploymentPackage(data).check), _said(DeploymentPackage(data).unpack, inside)]
        found = {}
        for folder, folders, files in os.walk(place):
            for name in folders + files:
                path = Path(folder, name)
                found[path.relative_to(place).as_posix()] = (path.lstat().st_mode, path.lstat().st_size)
        assert said[0] == said[1]
        return said[0], found


def _said(act: Any, *arguments: Any) -> str:
    try:
        act(*arguments)
    except BadPackage as refused:
        return str(refused)
    return ""


MESSAGES = (code_module._TOO_LARGE, code_module._NOT_UNZIPPED, "Uploaded file must be a non-empty zip")


@hypothesis.settings(max_examples=300, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
@hypothesis.given(data=archives() | broken())
def test_any_archive_is_refused_in_words_or_unpacked_inside(data: bytes) -> None:
    said, found = verdict(data)
    assert said in ("", *MESSAGES) or said.startswith("The lab does not unpack ")
    assert all(path in ("a", "a/b", "a/b/task") or path.startswith("a/b/task/") for path in found)
    assert all(stat.S_ISREG(mode) or stat.S_ISDIR(mode) for mode, _ in found.values())
    assert not any(mode & (stat.S_ISUID | stat.S_ISGID) for mode, _ in found.values() if stat.S_ISREG(mode))
    assert sum(size for mode, size in found.values() if stat.S_ISREG(mode)) <= code_module.UNZIPPED_LIMIT
