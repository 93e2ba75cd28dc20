"""The Python packages: .venv, the locked packages in it, and lambdalab itself in place."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.bootstrap.progress import Progress, State, run
from tools.bootstrap.trouble import Trouble, diagnose

# AWS has no build of its runtime client for macOS and Windows: there the lab uses the wheel's Python files.
LINUX_ONLY = ("awslambdaric", "simplejson", "snapshot-restore-py")


class Venv:
    """The virtual environment in .venv, wherever this system puts its parts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / ("Scripts" if os.name == "nt" else "bin")
        self.python = self.bin / ("python.exe" if os.name == "nt" else "python")

    @property
    def site_packages(self) -> Path:
        """Where pip puts packages."""
        if os.name == "nt":
            return self.folder / "Lib" / "site-packages"
        return self.folder / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"

    def path(self) -> str:
        """Return a PATH on which the environment's commands come first."""
        return os.pathsep.join([str(self.bin), os.environ.get("PATH", os.defpath)])

    def installed(self) -> int:
        """Count the packages that lie in it."""
        return sum(1 for _ in self.site_packages.glob("*.dist-info"))


def base_python() -> str:
    """Return the Python to make .venv with: never the one inside it, which may be deleted on the way."""
    return str(getattr(sys, "_base_executable", None) or sys.executable)


def make_venv(venv: Venv, progress: Progress) -> None:
    """Make .venv anew."""
    code, output = run([base_python(), "-m", "venv", "--clear", venv.folder], progress, lambda line: "unpacking pip")
    if code != 0:
        if "ensurepip" in output:
            raise Trouble(
                "this Python cannot make a virtual environment.",
                "Debian and Ubuntu keep the venv module in a package of its own.",
                f"apt-get install python3-venv (or python3.{sys.version_info[1]}-venv), then try again.",
            )
        raise diagnose(".venv could not be made.", output)


def locked(lock: str) -> dict[str, str]:
    """Split a lock file into its entries: package name → the lines from `name==version` to the last hash."""
    entries = re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.MULTILINE)
    return {entry.split("==")[0].split("[")[0]: entry for entry in entries if "==" in entry}


def without_marker(entry: str) -> str:
    """Drop the condition (`; sys_platform == …`) from a lock file's entry; version and hashes stay."""
    return re.sub(r"\A([^\n;]*?) *;[^\\\n]*", r"\1 ", entry)


class PipState:
    """Reads pip's output and says how far it is."""

    def __init__(self, total: int, venv: Venv) -> None:
        self.total, self.venv = total, venv
        self.seen = 0
        self.before = venv.installed()
        self.phase = "looking"

    def __call__(self, line: str | None) -> str:
        """Take a line of output; return how far pip is."""
        if line is not None:
            word = line.split(" ", 1)[0]
            if word == "Ignoring":  # meant for another system
                self.total -= 1
            elif word in ("Collecting", "Processing") or line.startswith("Requirement already satisfied"):
                self.seen += 1
            elif line.startswith("Installing collected packages"):
                self.phase = "installing"
                self.total = line.count(",") + 1
        if self.phase == "installing":  # pip is silent now: count what has arrived
            return f"{min(self.venv.installed() - self.before, self.total)} of {self.total} packages installed"
        return f"{min(self.seen, self.total)} of {self.total} packages fetched"


def install_locked(venv: Venv, lock: Path, progress: Progress, what: str) -> None:
    """Install every package of a lock file, each held to its hash.

    The lock is complete, so pip need not look for dependencies (--no-deps). It compiles nothing either: Python does
    that itself for the modules that are used, and most of them never are.
    """
    total = len(locked(lock.read_text()))
    _pip(venv, ["--no-deps", "--require-hashes", "--no-compile", "-r", lock], progress, PipState(total, venv), what)


def install_lambdalab(venv: Venv, root: Path, progress: Progress) -> None:
    """Install the lab in place, so that an edit of lambdalab/ needs no new set-up."""
    arguments: list[str | Path] = ["--no-deps", "--no-build-isolation", "-e", root]
    _pip(venv, arguments, progress, lambda line: "building", "lambdalab could not be installed in place.")


def install_runtime_client(venv: Venv, lock: Path, progress: Progress) -> None:
    """Install the Python files of awslambdaric where it has no build: the lab then speaks the Runtime API itself."""
    entries = {name: without_marker(entry) for name, entry in locked(lock.read_text()).items() if name in LINUX_ONLY}
    what = "AWS's Lambda runtime client could not be installed."
    with tempfile.TemporaryDirectory() as folder:
        wheel, rest = Path(folder, "awslambdaric.txt"), Path(folder, "rest.txt")
        wheel.write_text(entries.pop("awslambdaric"))
        rest.write_text("".join(entries.values()))
        hashed: list[str | Path] = ["--no-deps", "--require-hashes"]
        _pip(venv, [*hashed, "-r", rest], progress, lambda line: "what it needs", what)
        _pip(venv, [*hashed, *linux_wheel(venv.site_packages), "-r", wheel], progress, lambda line: "the client", what)
    for library in venv.site_packages.glob("runtime_client*.so"):
        library.unlink()  # built for Linux: it can never be loaded here


def linux_wheel(target: Path) -> list[str | Path]:
    """Return pip's arguments for a Linux wheel on any system. `--platform` is allowed only with `--target`."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    kind = ["--implementation", "cp", "--python-version", version, "--abi", "cp" + version.replace(".", "")]
    return ["--only-binary=:all:", "--platform", "manylinux2014_x86_64", *kind, "--upgrade", "--target", target]


def _pip(venv: Venv, arguments: list[str | Path], progress: Progress, state: State, what: str) -> None:
    env = {
        "PYTHONUNBUFFERED": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
        "PIP_PROGRESS_BAR": "off",
    }
    command = [venv.python, "-m", "pip", "install", *arguments]
    code, output = run(command, progress, state, env=env)
    if code != 0:
        raise diagnose(what, output)


def usable(venv: Venv) -> bool:
    """Tell whether .venv is there and its Python starts, with pip and of our version."""
    if not venv.python.exists():
        return False
    check = "import sys, pip; print(*sys.version_info[:2])"
    try:
        answer = subprocess.run([venv.python, "-c", check], capture_output=True, text=True, timeout=60, check=False)
    except OSError:
        return False
    return answer.stdout.split() == [str(number) for number in sys.version_info[:2]]
