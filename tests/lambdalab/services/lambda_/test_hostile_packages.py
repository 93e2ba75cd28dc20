"""Packages made to do harm, through every door that a package comes in by: an attacker's view.

Each is refused with 400 and a sentence that says why, in AWS's words where AWS has any; what exists stays as it was,
and nothing is written anywhere. What only looks strange is a file like others, and a function sees it so.
"""

from __future__ import annotations

import contextlib
import io
import os
import stat
import struct
import tempfile
import tracemalloc
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

import lambdalab
from lambdalab.runtime import UNZIPPED_LIMIT, BadPackage, DeploymentPackage
from tests.lambdalab.answers import refusal
from tests.lambdalab.packages import zipped
from tests.lambdalab.runtime.test_whatever_archive import archives, broken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lambdalab import Lab

    Maker = Callable[..., Any]

REFUSED = (400, "InvalidParameterValueException")
NOT_UNZIPPED = "Could not unzip uploaded file. Please check your file, then try to upload again."
TOO_LARGE = f"Unzipped size must be smaller than {UNZIPPED_LIMIT} bytes"
LEADS_OUT = "a plain file or folder inside it, not a link and not a path that leads out."
LONG = "a name may have 255 bytes, a path 2,048 and 100 parts."
LISTS = """
    import os, stat

    def handler(event, context):
        found = {}
        for folder, folders, files in os.walk(event):
            for name in files:
                path = os.path.join(folder, name)
                found[os.path.relpath(path, event)] = oct(stat.S_IMODE(os.lstat(path).st_mode))
        return found
"""


@pytest.fixture(scope="module")
def running_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab whose temporary files are deep in a folder of the test's own, so that what climbs out is seen."""
    place = tmp_path_factory.mktemp("outside") / "a" / "b" / "c"
    place.mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(place))
        running = lambdalab.start()
        yield running
        running.stop()
        assert list(place.iterdir()) == []


def archive(*entries: tuple[str | zipfile.ZipInfo, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip with these entries, and a handler that is all right."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as target, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the same name twice is meant
        for name, content in (("app.py", b"def handler(event, context): return 'runs'"), *entries):
            target.writestr(name, content)
    return buffer.getvalue()


def entry(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def link(name: str, to: str) -> tuple[zipfile.ZipInfo, bytes]:
    return entry(name, stat.S_IFLNK | 0o777), to.encode()


def set_in_directory(data: bytes, name: bytes, offset: int, form: str, value: int) -> bytes:
    """Change a field of the last entry of this name in the archive's table of contents."""
    changed = bytearray(data)
    at = data.rindex(b"PK\x01\x02", 0, data.rindex(name)) + offset
    changed[at : at + struct.calcsize(form)] = struct.pack(form, value)
    return bytes(changed)


def bomb(size: int) -> bytes:
    """Zeros, a thousandth of `size` in the archive. In pieces: the test itself does not hold them either."""
    buffer, zeros = io.BytesIO(), zipfile.ZipInfo("zeros")
    zeros.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(buffer, "w") as target, target.open(zeros, "w", force_zip64=True) as sink:
        piece = b"\0" * (1 << 20)
        for _ in range(size // len(piece)):
            sink.write(piece)
    return buffer.getvalue()


def many(count: int) -> bytes:
    """An archive of so many empty files, and no more bytes than they need."""
    name = "%07d"
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 0, 0, 33, 0, 0, 0, 7, 0)
    central = b"".join(
        struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 0, 0, 33, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0)
        + (name % number).encode()
        for number in range(count)
    )
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count & 0xFFFF, count & 0xFFFF, len(central), 37, 0)
    return local + (name % 0).encode() + central + end


def nul(name: bytes) -> bytes:
    """An archive with this name, in which # stands for NUL, which zipfile would not write."""
    return archive((name.decode(), b"x")).replace(name, name.replace(b"#", b"\0"))


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "climbs out": (lambda: archive(("../../../../../../evil", b"x")), LEADS_OUT),
    "climbs out later": (lambda: archive(("a/b/../../../../evil", b"x")), LEADS_OUT),
    "climbs out the Windows way": (lambda: archive(("..\\..\\evil", b"x")), LEADS_OUT),
    "an absolute path": (lambda: archive(("/tmp/lambdalab-evil", b"x")), LEADS_OUT),
    "a drive": (lambda: archive(("C:\\evil", b"x")), LEADS_OUT),
    "a network path": (lambda: archive(("//host/share/evil", b"x")), LEADS_OUT),
    "the task root from a layer": (lambda: archive(("../task/app.py", b"x")), LEADS_OUT),
    "the task root by its path": (lambda: archive(("/var/task/app.py", b"x")), LEADS_OUT),
    "a link to a file outside": (lambda: archive(link("passwd", "/etc/passwd")), LEADS_OUT),
    "a link to the task root": (lambda: archive(link("python", "/var/task")), LEADS_OUT),
    "a link, and a file through it": (lambda: archive(link("out", "../.."), ("out/evil", b"x")), LEADS_OUT),
    "a link inside": (lambda: archive(link("also.py", "app.py")), LEADS_OUT),
    "a device": (lambda: archive((entry("zero", stat.S_IFCHR | 0o666), b"")), LEADS_OUT),
    "a disk": (lambda: archive((entry("sda", stat.S_IFBLK | 0o666), b"")), LEADS_OUT),
    "a pipe": (lambda: archive((entry("pipe", stat.S_IFIFO | 0o666), b"")), LEADS_OUT),
    "a socket": (lambda: archive((entry("socket", stat.S_IFSOCK | 0o666), b"")), LEADS_OUT),
    "a NUL in a name": (lambda: nul(b"app.py#.txt"), "there is a NUL character in the name."),
    "a NUL before the way out": (lambda: nul(b"ok#/../../evil"), "there is a NUL character in the name."),
    "nothing but a NUL": (lambda: nul(b"#"), LEADS_OUT),
    "a name of 4,096 bytes": (lambda: archive(("x" * 4096, b"x")), LONG),
    "a name of 256 bytes": (lambda: archive(("ü" * 128, b"x")), LONG),
    "a path of 4,096 bytes": (lambda: archive(("/".join(["x" * 200] * 20), b"x")), LONG),
    "a thousand folders deep": (lambda: archive(("a/" * 1000 + "x", b"x")), LONG),
    "a file that is a folder too": (lambda: archive(("app.py/x", b"x")), NOT_UNZIPPED),
    "more than 250 MB": (lambda: bomb(UNZIPPED_LIMIT + (1 << 20)), TOO_LARGE),
    "250 MB in two parts": (lambda: archive(("one", b"\0" * (130 << 20)), ("two", b"\0" * (130 << 20))), TOO_LARGE),
    "many files": (lambda: many(200_000), "more than 100,000 files and folders from one archive."),
    "a directory that says less than there is": (
        lambda: set_in_directory(archive(("bomb", b"\0" * 9_000_000)), b"bomb", 24, "<L", 1),
        NOT_UNZIPPED,
    ),
    "a directory that says more than there is": (
        lambda: set_in_directory(archive(("thin", b"\0" * 9)), b"thin", 24, "<L", 1_000_000),
        NOT_UNZIPPED,
    ),
    "a directory that says 4 GB": (
        lambda: set_in_directory(archive(("thin", b"\0" * 9)), b"thin", 24, "<L", 0xFFFFFFFE),
        TOO_LARGE,
    ),
    "a directory with another name": (
        lambda: archive(("../x", b"x")).replace(b"../x", b"good", 1),
        LEADS_OUT,
    ),
    "contents with another name": (
        lambda: archive(("good", b"x")).replace(b"good", b"../x", 1),
        NOT_UNZIPPED,
    ),
    "contents that are nowhere": (
        lambda: set_in_directory(archive(("good", b"x")), b"good", 42, "<L", 0xFFFFFFF0),
        NOT_UNZIPPED,
    ),
    "contents that are another's": (
        lambda: set_in_directory(archive(("good", b"x")), b"good", 42, "<L", 0),
        NOT_UNZIPPED,
    ),
    "another checksum": (
        lambda: set_in_directory(archive(("good", b"x")), b"good", 16, "<L", 7),
        NOT_UNZIPPED,
    ),
    "encrypted": (lambda: set_in_directory(archive(("good", b"x")), b"good", 8, "<H", 1), NOT_UNZIPPED),
    "a method that nobody knows": (
        lambda: set_in_directory(archive(("good", b"x")), b"good", 10, "<H", 99),
        NOT_UNZIPPED,
    ),
    "part of an archive on several disks": (
        lambda: archive()[:-22] + struct.pack("<4s4H2LH", b"PK\x05\x06", 9, 9, 1, 1, 9, 9, 0),
        NOT_UNZIPPED,
    ),
    "compressed text": (lambda: zlib.compress(b"def handler(): pass"), NOT_UNZIPPED),
}


@pytest.fixture
def doors(lab: Lab, aws_lambda: Any, client: Maker, create: Maker) -> dict[str, Callable[[bytes], Any]]:
    """Every way in which an archive gets to Lambda."""
    create("def handler(event, context): return 'as before'", name="there")
    s3 = client("s3")
    s3.create_bucket(Bucket="packages")

    def stored(data: bytes) -> dict[str, str]:
        s3.put_object(Bucket="packages", Key="package.zip", Body=data)
        return {"S3Bucket": "packages", "S3Key": "package.zip"}

    return {
        "create_function": lambda data: create(name="new", Code={"ZipFile": data}),
        "create_function from S3": lambda data: create(name="new", Code=stored(data)),
        "update_function_code": lambda data: aws_lambda.update_function_code(FunctionName="there", ZipFile=data),
        "update_function_code from S3": lambda data: aws_lambda.update_function_code(
            FunctionName="there", **stored(data)
        ),
        "publish_layer_version": lambda data: aws_lambda.publish_layer_version(
            LayerName="layer", Content={"ZipFile": data}
        ),
        "publish_layer_version from S3": lambda data: aws_lambda.publish_layer_version(
            LayerName="layer", Content=stored(data)
        ),
    }


def everything() -> dict[str, tuple[int, int]]:
    """Every file around the lab's, with its size and time; and the lab's own."""
    place = Path(tempfile.gettempdir()).parents[2]
    found = {}
    for folder, folders, files in os.walk(place):
        for name in folders + files:
            status = Path(folder, name).lstat()
            found[str(Path(folder, name))] = (status.st_size if name in files else 0, status.st_mode)
    return found


def children() -> set[str]:
    """The processes that this one has."""
    found = set()
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(FileNotFoundError):  # the thread is over
            found.update((task / "children").read_text().split())
    return found


@pytest.mark.parametrize("case", HOSTILE)
def test_what_would_do_harm_is_refused_at_every_door(
    doors: dict[str, Callable[[bytes], Any]], aws_lambda: Any, invoke: Maker, case: str
) -> None:
    make, words = HOSTILE[case]
    data = make()
    files, processes = everything(), children()
    for door in doors.values():
        status, code, message = refusal(lambda door=door: door(data))
        assert (status, code) == REFUSED
        assert message.endswith(words)
    assert everything() == files
    assert children() == processes
    assert not Path("/tmp/lambdalab-evil").exists()
    assert [function["FunctionName"] for function in aws_lambda.list_functions()["Functions"]] == ["there"]
    assert aws_lambda.list_layers()["Layers"] == []
    assert invoke("there") == "as before"


@pytest.mark.parametrize(
    "make",
    [
        lambda: bomb(UNZIPPED_LIMIT + (1 << 20)),
        lambda: many(200_000),
        lambda: set_in_directory(archive(("bomb", b"\0" * 300_000_000)), b"bomb", 24, "<L", 1),
    ],
)
def test_a_bomb_takes_no_memory(make: Callable[[], bytes]) -> None:
    """One 300 times its size, one of many files, and one that says it is small."""
    package = DeploymentPackage(make())
    tracemalloc.start()
    try:
        with pytest.raises(BadPackage):
            package.check()
        assert tracemalloc.get_traced_memory()[1] < 20 << 20
    finally:
        tracemalloc.stop()


def test_an_archive_in_an_archive_is_a_file(create: Maker, invoke: Maker) -> None:
    """Lambda does not unpack what is inside: a nest of bombs stays closed, and counts as what it is."""
    inner = bomb(UNZIPPED_LIMIT + (1 << 20))
    for _ in range(3):
        inner = archive(*((f"{number}.zip", inner) for number in range(4)))
    create(Code={"ZipFile": archive(("nest.zip", inner))})
    assert invoke() == "runs"


STRANGE = [
    "CON",
    "nul.txt",
    "aux.py",
    "dev/null",
    "proc/self/mem",
    "-rf",
    "~",
    "$(touch evil)",
    "a\nb",
    "\x1b[2J",
    "x" * 255,
    "App.py",
    "APP.PY",
    "...",
    ".. /evil",
    "etc/passwd",
]


@pytest.mark.parametrize("name", STRANGE)
def test_a_strange_name_is_a_file_like_others(create: Maker, invoke: Maker, name: str) -> None:
    """Those of Windows's devices among them, and those that differ in case only: on AWS they are files too."""
    create({"app.py": LISTS, name: b"x"})
    assert set(_listed(invoke)) == {"app.py", name}


def _listed(invoke: Maker) -> dict[str, str]:
    return dict(invoke(event="."))


def test_no_file_gets_more_rights_than_to_be_run(create: Maker, invoke: Maker) -> None:
    """Neither setuid nor setgid nor sticky."""
    files = [(entry(name, stat.S_IFREG | mode), b"x") for name, mode in (("u", 0o4755), ("g", 0o2755), ("t", 0o1777))]
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as target:
        for info, content in files:
            target.writestr(info, content)
        target.writestr(entry("app.py", 0o644), zipfile.ZipFile(io.BytesIO(zipped({"app.py": LISTS}))).read("app.py"))
    create(Code={"ZipFile": data.getvalue()})
    assert _listed(invoke) == {"app.py": "0o644", "u": "0o755", "g": "0o755", "t": "0o777"}


def test_a_layer_has_no_say_in_the_task_root(create: Maker, invoke: Maker, aws_lambda: Any) -> None:
    """A layer's files are below /opt, whatever they are called, and the function's own module comes first."""
    layer = aws_lambda.publish_layer_version(
        LayerName="layer",
        Content={
            "ZipFile": zipped(
                {
                    "app.py": "raise SystemExit",
                    "var/task/app.py": "raise SystemExit",
                    "python/app.py": "raise SystemExit",
                }
            )
        },
    )["LayerVersionArn"]
    create("def handler(event, context): return 'mine'", Layers=[layer])
    assert invoke() == "mine"


@hypothesis.settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture, hypothesis.HealthCheck.too_slow],
)
@hypothesis.given(data=archives() | broken())
def test_whatever_is_sent_as_a_package_is_taken_or_refused_in_words(
    doors: dict[str, Callable[[bytes], Any]], aws_lambda: Any, data: bytes
) -> None:
    files = everything()
    for door, call in doors.items():
        if door.endswith("S3") and not data:
            continue
        try:
            call(data)
        except aws_lambda.exceptions.ClientError as refused:
            answer = refused.response
            assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400
            assert answer["Error"]["Code"] == "InvalidParameterValueException"
            assert answer["Error"]["Message"]
        for function in aws_lambda.list_functions()["Functions"]:
            if function["FunctionName"] == "new":
                aws_lambda.delete_function(FunctionName="new")
    assert everything() == files
