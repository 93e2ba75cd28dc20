"""A function finds AWS's paths, by a mount namespace where this machine allows one, by rewriting elsewhere.

What concerns paths is stated for both. What only a namespace can do is stated where there is one; else the tests say
why there is none, and that paths are rewritten.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lambdalab.runtime import DeploymentPackage, Engine
from lambdalab.runtime.processes import namespace as namespace_module
from lambdalab.runtime.processes.environments import ProcessEnvironments
from lambdalab.runtime.processes.folders import Folders
from lambdalab.runtime.processes.namespace import NoNamespace, _place
from lambdalab.runtime.processes.stale_folders import sweep
from tests.lambdalab.packages import zipped

from ..conftest import Bench, variables
from ..outcomes import error, result
from ..sources import COUNTER
from ..watching import ended, watching

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).parents[4]
READ_ONLY = "[Errno 30] Read-only file system: "


def bench_with(*, namespaces: bool | None) -> Bench:
    return Bench("process", Engine(ProcessEnvironments(variables, namespaces=namespaces)))


def environments_of(bench: Bench) -> ProcessEnvironments:
    environments = bench.engine._environments
    assert isinstance(environments, ProcessEnvironments)
    return environments


def why_not() -> str | None:
    """Why this machine has no namespaces; None if it has."""
    bench = bench_with(namespaces=True)
    try:
        bench.run(COUNTER)
        return environments_of(bench).namespaces.why_not
    finally:
        bench.engine.close()


MISSING = why_not()


def where_allowed(test: Any) -> Any:
    """A statement about namespaces. Not a skip elsewhere: no machine must allow them, and one test says why not."""
    return test if MISSING is None else None


def mounts() -> list[str]:
    return Path("/proc/self/mountinfo").read_text().splitlines() if sys.platform == "linux" else []


def names(folder: str | Path) -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


@pytest.fixture(scope="module", params=["rewriting", *(["namespaces"] if MISSING is None else [])])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    bench = bench_with(namespaces=request.param == "namespaces")
    yield bench
    bench.engine.close()


# Either way -------------------------------------------------------------------------------------------------------


def test_what_a_function_says_of_itself_are_awss_paths(bench: Bench) -> None:
    source = """
        import os, sys, tempfile
        print(__file__)
        def handler(event, context):
            return [__file__, os.getcwd(), os.environ["LAMBDA_TASK_ROOT"], os.environ["LAMBDA_RUNTIME_DIR"],
                    tempfile.gettempdir(), sys.path[:4], os.environ["PATH"].split(":")[0]]
    """
    function = bench.function(source)
    minor = f"python3.{sys.version_info.minor}"
    assert result(bench.invoke(function)) == [
        *("/var/task/app.py", "/var/task", "/var/task", "/var/runtime", "/tmp"),
        ["/var/task", f"/opt/python/lib/{minor}/site-packages", "/opt/python", "/var/runtime"],
        "/var/lang/bin",
    ]
    assert "/var/task/app.py" in bench.log_of(function)


def test_errors_name_awss_paths(bench: Bench) -> None:
    document = error(bench.run("def handler(event, context): open('data/missing.csv')"))
    assert document["stackTrace"] == [
        "  File \"/var/task/app.py\", line 1, in handler\n    def handler(event, context): open('data/missing.csv')\n"
    ]
    document = error(bench.run("import json\ndef handler(event, context): json.loads('no')"))
    assert f'File "/var/lang/lib/python3.{sys.version_info.minor}/json/__init__.py"' in document["stackTrace"][1]


def test_a_file_beside_the_handler_is_found_by_either_path(bench: Bench) -> None:
    source = """
        import os
        def handler(event, context):
            beside = os.path.join(os.path.dirname(__file__), "names.txt")
            return [open(path).read() for path in ("names.txt", beside)]
    """
    assert result(bench.run({"app.py": source, "names.txt": "Ada"})) == ["Ada", "Ada"]


def test_tmp_is_the_environments_own_and_kept_while_it_is_warm(bench: Bench) -> None:
    source = """
        import os, tempfile
        def handler(event, context):
            with open(os.path.join(tempfile.gettempdir(), "diary"), "a+") as diary:
                diary.write("x")
                return diary.tell()
    """
    one, other = bench.function(source), bench.function(source)
    assert [result(bench.invoke(function)) for function in (one, one, other, one)] == [1, 2, 1, 3]
    bench.engine.forget(one.arn)
    assert result(bench.invoke(one)) == 1


def test_tmp_outlives_an_init_that_failed(bench: Bench) -> None:
    """Lambda tries Init again in the same environment."""
    source = """
        import os, tempfile
        mark = os.path.join(tempfile.gettempdir(), "tried")
        if not os.path.exists(mark):
            open(mark, "w").close()
            raise RuntimeError("not yet")
        def handler(event, context): return "at last"
    """
    assert result(bench.run(source)) == "at last"


def test_a_program_in_a_layer_is_found(bench: Bench) -> None:
    layer = DeploymentPackage(zipped({"bin/greet": "#!/bin/sh\necho hello from $0\n"}, executable=["bin/greet"]))
    source = "import subprocess\ndef handler(event, context): return subprocess.check_output('greet').decode()"
    assert result(bench.run(source, layers=(layer,))) == "hello from /opt/bin/greet\n"


@pytest.mark.skipif(sys.platform != "linux", reason="how environments notice a killed lab is Linux's")
@pytest.mark.parametrize("switch", ["0", "1"])
def test_a_killed_lab_leaves_nothing_that_the_next_does_not_sweep(switch: str) -> None:
    script = """
        import threading
        from lambdalab.runtime import Engine
        from lambdalab.runtime.processes.environments import ProcessEnvironments
        from tests.lambdalab.runtime.conftest import Bench, variables
        bench = Bench("process", Engine(ProcessEnvironments(variables)))
        print(bench.run("import os\\ndef handler(event, context): return os.getpid()").payload.decode(), flush=True)
        threading.Event().wait()
    """
    with tempfile.TemporaryDirectory() as parent:
        environ = {**os.environ, "TMPDIR": parent, namespace_module.SWITCH: switch}
        lab = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(script)], cwd=REPOSITORY, env=environ, stdout=subprocess.PIPE
        )
        assert lab.stdout is not None
        with watching(int(lab.stdout.readline())) as environment:
            assert len(names(parent)) == 1
            lab.kill()
            lab.communicate()
            assert ended(environment)
        assert [line for line in mounts() if parent in line] == []
        sweep(Path(parent))
        assert names(parent) == []


# Where there are none ---------------------------------------------------------------------------------------------


def test_turned_off_nothing_is_done_to_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(namespace_module.SWITCH, "0")
    monkeypatch.setattr(namespace_module, "_libc", lambda: pytest.fail("no system call"))
    bench = bench_with(namespaces=None)
    try:
        assert result(bench.run("def handler(event, context): return __file__")) == "/var/task/app.py"
        assert environments_of(bench).namespaces.why_not == "turned off"
    finally:
        bench.engine.close()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is nothing to be refused")
def test_where_the_machine_refuses_paths_are_rewritten() -> None:
    """A process without the right to mount, as in most containers and for most users."""
    script = """
        import ctypes, os, sys
        if len(sys.argv) == 1:
            from lambdalab.runtime.processes.namespace import _give_up_what_leads_out
            if os.geteuid() == 0:
                _give_up_what_leads_out()
            os.execv(sys.executable, [sys.executable, __file__, "again"])
        from tests.lambdalab.runtime.processes.test_namespaces import *
        bench = bench_with(namespaces=True)
        print(bench.run("def handler(event, context): return __file__").payload.decode())
        print(environments_of(bench).namespaces.why_not)
        bench.engine.close()
    """
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "program.py")
        program.write_text(textwrap.dedent(script))
        done = subprocess.run(
            [sys.executable, program],
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            check=True,
            capture_output=True,
            text=True,
        )
    assert done.stdout.splitlines() == ['"/var/task/app.py"', "Operation not permitted (unshare)"]


def test_a_program_where_aws_has_something_else_means_rewriting() -> None:
    """The lab in a container that was made from one of Lambda's own images."""
    folders = Folders(*(Path("/lab", name) for name in ("task", "tmp", "runtime", "lang", "opt")))
    assert _place(Path("/tmp/venv"), folders) == Path("/lab/tmp/venv")
    assert _place(Path("/opt/conda"), folders) == Path("/lab/opt/conda")
    for path in ("/var/lang", "/var/lang/bin", "/var/task", "/tmp", "/opt"):
        with pytest.raises(NoNamespace, match=f"a program needs {path}, where AWS has something else"):
            _place(Path(path), folders)


# Where there are --------------------------------------------------------------------------------------------------

if MISSING is not None:

    @pytest.mark.parametrize("reason", [MISSING])
    def test_this_machine_allows_no_namespaces_and_says_why(reason: str) -> None:
        assert reason


@pytest.fixture(scope="module")
def spaces() -> Iterator[Bench]:
    bench = bench_with(namespaces=True)
    yield bench
    bench.engine.close()


PLACES = [
    *("/var/task/x", "x", "/opt/x", "/opt/python/x", "/var/runtime/x", "/var/lang/x", "/var/lang/bin/x"),
    *("/var/x", "/var/lib/x", "/x", "/usr/lib/x", str(Path.home() / "x"), str(REPOSITORY / "x"), "/dev/shm/x"),
]


@where_allowed
@pytest.mark.parametrize("path", PLACES)
def test_all_but_tmp_is_read_only(spaces: Bench, path: str) -> None:
    layer = DeploymentPackage(zipped({"python/thing.py": ""}))
    document = error(spaces.run("def handler(event, context): open(event, 'w')", path, layers=(layer,)))
    assert (document["errorType"], document["errorMessage"]) == ("OSError", f"{READ_ONLY}'{path}'")


@where_allowed
def test_what_is_not_a_file_can_be_written_to(spaces: Bench) -> None:
    source = """
        def handler(event, context):
            with open("/dev/null", "w") as nothing, open("/proc/self/comm", "w") as name:
                return [nothing.write("x"), name.write("worker")]
    """
    assert result(spaces.run(source)) == [1, 6]


def _needed_below(folder: str) -> set[str]:
    """What an environment finds there because this Python, or what the runtime is made of, lives there."""
    steps = [Path(sys.executable), Path(sys.executable).resolve(), Path(REPOSITORY), *map(Path, sys.path)]
    link = Path(sys.executable)
    while link.is_symlink():
        link = link.parent / link.readlink()
        steps.append(link)
    return {step.relative_to(folder).parts[0] for step in steps if step.is_absolute() and step.is_relative_to(folder)}


@where_allowed
def test_an_absolute_path_in_tmp_is_the_environments_own(spaces: Bench) -> None:
    source = """
        import os
        def handler(event, context):
            found = os.listdir("/tmp")
            open("/tmp/" + event, "w").close()
            return found
    """
    one, other = spaces.function(source), spaces.function(source)
    mark = f"mark-{os.getpid()}"
    first, second, third = [set(result(spaces.invoke(function, mark))) for function in (one, other, one)]
    assert first == second == _needed_below("/tmp")
    assert third == first | {mark}
    assert not Path("/tmp", mark).exists()


@where_allowed
def test_no_variable_says_where_tmp_is(spaces: Bench) -> None:
    assert result(spaces.run("import os\ndef handler(event, context): return os.environ.get('TMPDIR')")) is None


@where_allowed
def test_all_else_of_the_machine_is_where_it_always_is(spaces: Bench) -> None:
    source = "import os\ndef handler(event, context): return {path: sorted(os.listdir(path)) for path in event}"
    paths = ["/", "/etc", "/usr/bin", "/var/lib", str(REPOSITORY / "samples"), str(Path(sys.prefix, "bin"))]
    seen = result(spaces.run(source, [*paths, "/var", "/opt", "/var/task", "/var/lang/bin"]))
    assert {path: seen[path] for path in paths} == {path: names(path) for path in paths}
    assert seen["/var"] == sorted({*names("/var"), "task", "runtime", "lang"})
    assert seen["/opt"] == []
    assert seen["/var/task"] == ["app.py"]
    assert "python3" in seen["/var/lang/bin"]


@where_allowed
def test_links_below_var_are_the_machines(spaces: Bench) -> None:
    links = {str(path): str(path.readlink()) for path in Path("/var").iterdir() if path.is_symlink()}
    source = "import os\ndef handler(event, context): return {path: os.readlink(path) for path in event}"
    assert result(spaces.run(source, list(links))) == links


@where_allowed
def test_nobody_outside_sees_any_of_it(spaces: Bench) -> None:
    source = """
        import os
        def handler(event, context):
            return [os.readlink("/proc/self/ns/mnt"), open("/proc/self/mountinfo").read().count(" /var/task ")]
    """
    before = mounts(), names("/"), names("/var"), names("/opt")
    name, count = result(spaces.run(source))
    assert name != str(Path("/proc/self/ns/mnt").readlink())
    assert count == 1
    assert (mounts(), names("/"), names("/var"), names("/opt")) == before
    assert "task" not in before[2]


@where_allowed
def test_an_extension_sees_the_same(spaces: Bench) -> None:
    extension = """\
        #!/bin/sh
        pwd > /tmp/told
        ls -d /var/task/app.py /opt/extensions/tells >> /tmp/told
        touch /opt/x 2>> /tmp/told
        api=http://$AWS_LAMBDA_RUNTIME_API/2020-01-01/extension
        id=$(curl -s -D - -o /dev/null -H "Lambda-Extension-Name: tells" -d '{"events": ["INVOKE"]}' $api/register |
            sed -n 's/^Lambda-Extension-Identifier: //ip' | tr -d '\\r')
        while curl -sS -H "Lambda-Extension-Identifier: $id" $api/event/next; do :; done
    """
    layer = DeploymentPackage(zipped({"extensions/tells": extension}, executable=["extensions/tells"]))
    source = "def handler(event, context): return open('/tmp/told').read().splitlines()"
    assert result(spaces.run(source, layers=(layer,))) == [
        *("/", "/opt/extensions/tells", "/var/task/app.py"),
        "touch: cannot touch '/opt/x': Read-only file system",
    ]


@where_allowed
def test_what_python_compiled_of_the_runtime_is_kept_for_the_next_start(spaces: Bench) -> None:
    source = """
        import importlib.util, os
        def handler(event, context):
            cached = importlib.util.find_spec(event).cached
            if os.path.exists(cached):
                os.remove(cached)
            __import__(event)
            return [cached, os.path.exists(cached)]
    """
    tag = sys.implementation.cache_tag
    assert result(spaces.run(source, "six")) == [f"/var/runtime/__pycache__/six.{tag}.pyc", True]
    if not _needed_below("/tmp"):  # there, packages are put back read-only
        kept = result(spaces.run(source, "jmespath"))
        assert kept == [f"/var/runtime/jmespath/__pycache__/__init__.{tag}.pyc", True]


@where_allowed
def test_the_labs_folder_is_not_seen_wherever_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    source = """
        import os
        def handler(event, context):
            open("/tmp/mine", "w").close()
            return [os.listdir(event), os.listdir("/tmp"), __file__]
    """
    with tempfile.TemporaryDirectory(dir="/var/tmp") as elsewhere:
        monkeypatch.setattr(tempfile, "tempdir", elsewhere)
        bench = bench_with(namespaces=True)
        try:
            root = environments_of(bench)._workspace.root
            assert root.parent == Path(elsewhere)
            seen, in_tmp, file = result(bench.run(source, str(root)))
            assert (seen, set(in_tmp), file) == ([], {"mine"} | _needed_below("/tmp"), "/var/task/app.py")
        finally:
            bench.engine.close()
        assert names(elsewhere) == []


IN_ANOTHER_PLACE = """
import sys
from tests.lambdalab.runtime.processes.test_namespaces import *
bench = bench_with(namespaces=True)
layer = DeploymentPackage(zipped({"data": "of the layer"}))
source = '''
import os, sys, boto3
def handler(event, context):
    try:
        open(os.path.join(event, "written"), "w")
    except OSError as error:
        return [os.listdir("/tmp"), sorted(os.listdir("/opt")), open("/opt/data").read(), error.strerror, __file__]
'''
print(bench.run(source, sys.prefix, layers=(layer,)).payload.decode())
print(environments_of(bench).namespaces.why_not)
bench.engine.close()
"""


@where_allowed
@pytest.mark.parametrize("place", ["/tmp", "/opt"])
def test_a_python_that_lives_where_aws_has_something_else_goes_on_working(place: str) -> None:
    """The lab's Python and the lab itself below /tmp or /opt, in a namespace of this test's own."""
    packages = [path for path in sys.path if path.endswith("site-packages")]
    with (
        tempfile.TemporaryDirectory(dir="/var/tmp") as folder,
        tempfile.TemporaryDirectory(dir="/var/tmp") as aside,
    ):
        # The packages may be below that place as well.
        mounts = "\n".join(f"mount --bind {path} {aside}/{number}" for number, path in enumerate(packages[:2]))
        shutil.copytree(REPOSITORY / "lambdalab", Path(folder, "course", "lambdalab"))
        shutil.copytree(REPOSITORY / "tests" / "lambdalab", Path(folder, "course", "tests", "lambdalab"))
        Path(folder, "program.py").write_text(IN_ANOTHER_PLACE)
        python = os.path.realpath(sys.executable)
        subprocess.run([python, "-m", "venv", "--without-pip", Path(folder, "venv")], check=True)
        script = f"""
            set -e
            mkdir {aside}/0 {aside}/1
            {mounts}
            mount -t tmpfs none {place}
            mkdir {place}/deep
            cp -a {folder}/* {place}/deep
            cd {place}/deep/course
            PYTHONPATH=.:{aside}/0:{aside}/1 {place}/deep/venv/bin/python ../program.py
        """
        command = ["unshare", "--mount", "sh", "-c", script]
        there = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
        done = subprocess.run(command, capture_output=True, text=True, env=there)
    assert done.returncode == 0, done.stderr
    answer, missing = done.stdout.splitlines()
    assert missing == "None"
    assert json.loads(answer) == [
        ["deep"] if place == "/tmp" else [],
        ["data", "deep"] if place == "/opt" else ["data"],
        *("of the layer", "Read-only file system", "/var/task/app.py"),
    ]


WAYS = {
    # Ways that the kernel offers to change what is mounted, or to look past it; and whether they are open in a user
    # namespace that the function makes for itself. What it does there, it does to a view of its own.
    "unmount": ("check(libc.umount2(b'/var/task', 2))", False),
    "remount": ("check(libc.mount(None, b'/var/task', None, BIND | REMOUNT, None))", False),
    "mount over": ("os.mkdir('/tmp/x'); check(libc.mount(b'/tmp/x', b'/var/task', None, BIND, None))", True),
    "the lab's root": ("os.listdir(f'/proc/{os.getppid()}/root/tmp')", False),
    "the lab's namespace": ("check(libc.setns(os.open(f'/proc/{os.getppid()}/ns/mnt', os.O_RDONLY), 0))", False),
    "a change of root": ("os.chroot('/tmp')", True),
    "a device": ("os.mknod('/tmp/disk', 0o60600, os.makedev(7, 0))", False),
}
TRIES = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
BIND, REMOUNT = 4096, 32
def check(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
def handler(event, context):
    if event:
        check(libc.unshare(0x10000000 | 0x20000))
    refused = False
    try:
        WAY
    except OSError as error:
        refused = True
    try:
        open("/var/task/app.py", "w").close()
    except OSError:
        pass
    return refused
"""


@where_allowed
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("in_a_user_namespace", [False, True])
def test_a_function_cannot_change_its_code_or_see_the_labs_files(
    spaces: Bench, way: str, in_a_user_namespace: bool
) -> None:
    attempt, is_open = WAYS[way]
    source = TRIES.replace("WAY", attempt)
    outcome = spaces.run(source, in_a_user_namespace)
    assert result(outcome) is not (is_open and in_a_user_namespace)
    code = environments_of(spaces)._workspace.root.glob("code/*/task/app.py")
    assert source in [path.read_text() for path in code]
