"""Builds what a page loads to run Python in the reader's browser: two folders below build/runner/.

    python -m tools.browser.bundle

    python-<hash>/   what others wrote, 20 MB, changes when a version does
        pyodide.*         as npm has them
        stdlib.zip        Pyodide's standard library, compiled to .pyc
        packages.zip      boto3, botocore, moto … slimmed (packages.py, contents.py) and compiled to .pyc
    runner-<hash>/   what the course wrote, 1 MB, changes with nearly every commit
        lab.zip           lambdalab, the page's kernel and samples/, compiled to .pyc
        runner.js editor.js worker.mjs    theme/runner through esbuild; the worker knows the name of python-<hash>

A folder's name is a hash of its contents, so a browser may keep it for ever, a page made by another build never mixes
with this one, and a reader who comes back after a change of the lab loads only the small folder again. Each part is
built again only when its own inputs change. The site's build asks `built()` for the folders and copies them.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tools.browser import contents, packages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "runner"
PARTS = BUILD / "parts"
THEME = ROOT / "theme" / "runner"
HERE = Path(__file__).parent
PYODIDE = ROOT / "node_modules" / "pyodide"
SITE_PACKAGES = "/lib/python3.14/site-packages"
ENTRY_POINTS = ("runner.js", "editor.js", "worker.mjs")


class BundleError(Exception):
    """The bundle cannot be built or found; the message says what to do."""


@dataclass(frozen=True)
class Bundle:
    """The two folders, as they lie side by side in build/runner/ and in the site."""

    python: Path
    runner: Path

    @property
    def folders(self) -> tuple[Path, Path]:
        """Both."""
        return self.python, self.runner


def built() -> Bundle:
    """Return what `build` has made."""
    return Bundle(_only("python"), _only("runner"))


def build() -> Bundle:
    """Build what has changed."""
    PARTS.mkdir(parents=True, exist_ok=True)
    python = _folder("python", _digest([_stdlib_inputs(), _package_inputs(), _own_inputs()]), _fill_python)
    inputs = _digest([python.name, _lab_inputs(), _script_inputs(), _own_inputs()])
    runner = _folder("runner", inputs, lambda folder: _fill_runner(folder, python))
    return Bundle(python, runner)


def _only(name: str) -> Path:
    found = sorted(BUILD.glob(f"{name}-*"))
    if len(found) != 1:
        raise BundleError(
            f"The in-page runner is not built (no build/runner/{name}-…), so pages could not run their cells. "
            "`make site` builds it; so does `python -m tools.browser.bundle`."
        )
    return found[0]


# --- the parts --------------------------------------------------------------------------------------------------------


def _part(name: str, inputs: str, make: Callable[[Path], None]) -> Path:
    """Return the part's archive, made again only when its inputs have changed."""
    archive = PARTS / f"{name}.zip"
    if _read_stamp(name).get("inputs") == inputs and archive.is_file():
        return archive
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "files"
        folder.mkdir()
        make(folder)
        data = _zip(folder, Path(scratch) / "packed.zip")
    archive.write_bytes(data)
    _write_stamp(name, inputs, archive.name)
    _say(f"{archive.name}: {len(data) / 1e6:.1f} MB in {time.monotonic() - start:.1f} s")
    return archive


def _make_stdlib(folder: Path) -> None:
    _say("compiling the standard library …")
    with zipfile.ZipFile(PYODIDE / "python_stdlib.zip") as archive:
        for name in archive.namelist():
            if not contents.STDLIB_LEFT_OUT.fullmatch(name):
                archive.extract(name, folder)
    _compile(folder, "/lib/python314.zip")


def _make_packages(folder: Path) -> None:
    _say("slimming boto3, botocore, moto and what they need …")
    count = packages.build(folder)
    _say(f"compiling, {count} files …")
    _compile(folder, SITE_PACKAGES)


def _make_lab(folder: Path) -> None:
    _say("compiling lambdalab …")
    ignore = shutil.ignore_patterns("__pycache__", ".*")
    shutil.copytree(ROOT / "lambdalab", folder / "lambdalab", ignore=ignore)
    if (ROOT / "samples").is_dir():
        shutil.copytree(ROOT / "samples", folder / "samples", ignore=ignore)
    for source in _kernel_files():
        target = folder / source.relative_to(THEME)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
    _compile(folder, SITE_PACKAGES)


def _compile(folder: Path, place: str) -> None:
    _node(str(HERE / "compile.mjs"), str(folder), place)


def _zip(folder: Path, target: Path) -> bytes:
    """Pack a folder so that the same files always make the same bytes."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            info = zipfile.ZipInfo(file.relative_to(folder).as_posix(), (2026, 1, 1, 0, 0, 0))
            info.external_attr = 0o644 << 16
            archive.writestr(info, file.read_bytes(), zipfile.ZIP_DEFLATED, 9)
    return target.read_bytes()


# --- the folders ------------------------------------------------------------------------------------------------------


def _folder(name: str, inputs: str, fill: Callable[[Path], None]) -> Path:
    """Return build/runner/<name>-<hash of its contents>, made again only when its inputs have changed."""
    stamp = _read_stamp(name)
    current = BUILD / stamp.get("made", "none")
    if stamp.get("inputs") == inputs and current.is_dir():
        return current
    with tempfile.TemporaryDirectory(dir=BUILD, prefix="making-") as scratch:
        folder = Path(scratch) / name
        folder.mkdir()
        fill(folder)
        target = BUILD / f"{name}-{_digest(_file_lines(sorted(folder.iterdir()), folder))[:12]}"
        if not target.is_dir():
            folder.chmod(0o755)
            folder.rename(target)
    for old in BUILD.glob(f"{name}-*"):
        if old != target:
            shutil.rmtree(old)
    _write_stamp(name, inputs, target.name)
    size = sum(file.stat().st_size for file in target.iterdir())
    _say(f"build/runner/{target.name}: {len(list(target.iterdir()))} files, {size / 1e6:.1f} MB")
    return target


def _fill_python(folder: Path) -> None:
    shutil.copy(_part("stdlib", _stdlib_inputs(), _make_stdlib), folder)
    shutil.copy(_part("packages", _package_inputs(), _make_packages), folder)
    for name in contents.PYODIDE:
        shutil.copyfile(PYODIDE / name, folder / name)
    # Servers that know the convention (tools/serve, nginx) send this instead of compressing 10 MB themselves.
    wasm = folder / "pyodide.asm.wasm"
    wasm.with_name(f"{wasm.name}.gz").write_bytes(gzip.compress(wasm.read_bytes(), 9, mtime=0))


def _fill_runner(folder: Path, python: Path) -> None:
    shutil.copy(_part("lab", _lab_inputs(), _make_lab), folder)
    _scripts(folder, python)


def package_index() -> str:
    """Return the package index that Pyodide wants: an empty one, so that it never looks elsewhere for a package."""
    lock = json.loads((PYODIDE / "pyodide-lock.json").read_text())
    return json.dumps({"info": lock["info"], "packages": {}})


def _scripts(folder: Path, python: Path) -> None:
    """Bundle the JavaScript. The worker is told where Python lies, and how much it fetches, for its progress bar."""
    fetched = [*(file for file in python.iterdir() if file.suffix != ".gz"), folder / "lab.zip"]
    _node(
        str(ROOT / "node_modules" / "esbuild" / "bin" / "esbuild"),
        *(str(THEME / name) for name in ENTRY_POINTS),
        "--bundle",
        "--minify",
        "--format=esm",
        "--target=es2022",
        "--log-level=warning",
        "--legal-comments=none",
        f"--define:LAB_PYTHON={json.dumps(f'../{python.name}/')}",
        f"--define:LAB_BYTES={sum(file.stat().st_size for file in fetched)}",
        f"--define:LAB_INDEX={json.dumps(package_index())}",
        f"--outdir={folder}",
    )
    worker = folder / "worker.js"
    if worker.exists():
        worker.rename(folder / "worker.mjs")


# --- inputs and stamps ------------------------------------------------------------------------------------------------


def _stdlib_inputs() -> str:
    names = ("contents.py", "compile.mjs")
    return _digest([_npm_lock(), *_file_lines([HERE / name for name in names], ROOT)])


def _package_inputs() -> str:
    names = ("contents.py", "packages.py", "compile.mjs")
    return _digest([json.dumps(packages.versions()), _npm_lock(), *_file_lines([HERE / name for name in names], ROOT)])


def _lab_inputs() -> str:
    files = [HERE / "compile.mjs", *_tree(ROOT / "lambdalab"), *_tree(ROOT / "samples"), *_kernel_files()]
    return _digest([_npm_lock(), *_file_lines(files, ROOT)])


def _script_inputs() -> str:
    return _digest([_npm_lock(), *_file_lines(_tree(THEME), ROOT)])


def _own_inputs() -> str:
    """What decides how parts are put together."""
    return _digest(_file_lines([Path(__file__)], ROOT))


def _kernel_files() -> list[Path]:
    return [path for path in _tree(THEME) if path.suffix == ".py"]


def _npm_lock() -> str:
    return hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()


def _tree(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    )


def _file_lines(files: Iterable[Path], root: Path) -> list[str]:
    return [f"{file.relative_to(root).as_posix()} {hashlib.sha256(file.read_bytes()).hexdigest()}" for file in files]


def _digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _read_stamp(name: str) -> dict[str, str]:
    try:
        stamp: dict[str, str] = json.loads((PARTS / f"{name}.json").read_text())
    except (OSError, ValueError):
        return {}
    return stamp


def _write_stamp(name: str, inputs: str, made: str) -> None:
    (PARTS / f"{name}.json").write_text(json.dumps({"inputs": inputs, "made": made}) + "\n")


# --- Node -------------------------------------------------------------------------------------------------------------


def _node(*arguments: str) -> None:
    if not (PYODIDE / "pyodide.mjs").is_file():
        raise BundleError(
            "The JavaScript packages are not installed (no node_modules/pyodide). `make setup` installs them."
        )
    done = subprocess.run([node(), *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BundleError(f"`node {Path(arguments[0]).name}` failed:\n{done.stderr or done.stdout}")


def node() -> str:
    """Return the path of Node.js: the one of the virtual environment, else the machine's."""
    search = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    found = shutil.which("node", path=search)
    if not found:
        raise BundleError(
            "Node.js is needed to build the in-page runner, and none was found. `make setup` installs one."
        )
    return found


def _say(text: str) -> None:
    print(f"runner: {text}", flush=True)


def main() -> int:
    """Build, and print where the result lies."""
    start = time.monotonic()
    try:
        bundle = build()
    except BundleError as error:
        print(f"runner: {error}", file=sys.stderr)
        return 1
    _say(f"{bundle.runner.relative_to(ROOT)} is up to date ({time.monotonic() - start:.1f} s)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
