"""Which steps set-up consists of, what each depends on, and which of them are due."""

from __future__ import annotations

import os
import shutil
import sys
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.bootstrap import node, pip
from tools.bootstrap.stamps import Stamps, fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tools.bootstrap.progress import Progress


@dataclass(frozen=True)
class Step:
    """One step: when `inputs` differ from those of its last success, or its result is gone, `work` runs."""

    name: str
    title: str
    inputs: str
    there: Callable[[], bool]
    work: Callable[[Progress], None]


def due(steps: list[Step], stamps: Stamps) -> list[Step]:
    """Return the steps that must run. A new .venv is empty, so everything in it is due with it."""
    first = next((step for step in steps if step.name == "venv"), None)
    if first and not (stamps.matches("venv", first.inputs) and first.there()):
        return steps
    return [step for step in steps if not (stamps.matches(step.name, step.inputs) and step.there())]


def package_part(pyproject: Path) -> object:
    """Return what of pyproject.toml matters to an installation: settings of linters and tests do not."""
    data = tomllib.loads(pyproject.read_text(encoding="utf-8"))
    return [data.get("build-system"), data.get("project"), data.get("tool", {}).get("hatch")]


def steps(
    root: Path, venv: pip.Venv, platform: str = sys.platform, python: str | None = sys.implementation.cache_tag
) -> list[Step]:
    """List the steps for this machine, in order."""
    lock, node_lock = root / "requirements" / "dev.txt", root / "requirements" / "node.txt"
    # A virtual environment holds packages for one kind of Python and names its own place in many files.
    here = fingerprint(python, str(root))
    system_node, system_npm = (_outside(venv, name) for name in ("node", "npm"))
    node_inputs = fingerprint(here, system_node, system_npm, node_lock)

    def bring_node(progress: Progress) -> None:
        if node.bring_node(node.node_version(system_node), system_npm):
            pip.install_locked(venv, node_lock, progress, "Node.js could not be installed.")

    def ric(progress: Progress) -> None:
        pip.install_runtime_client(venv, lock, progress)
        progress.say(
            "  AWS has no build of its runtime client for this system: the lab uses the client's Python files and its "
            "own transport. Functions behave the same."
        )

    listed = [
        Step(
            "venv",
            f"A virtual environment in {venv.folder.name}, with Python {sys.version.split()[0]}",
            here,
            venv.python.exists,
            lambda progress: None if pip.usable(venv) and _made_here(venv) else pip.make_venv(venv, progress),
        ),
        Step(
            "packages",
            "Python packages, locked",
            fingerprint(here, lock),
            lambda: True,
            lambda progress: pip.install_locked(venv, lock, progress, "the Python packages could not be installed."),
        ),
        Step(
            "lambdalab",
            "lambdalab, in place",
            fingerprint(here, package_part(root / "pyproject.toml")),
            lambda: True,
            lambda progress: pip.install_lambdalab(venv, root, progress),
        ),
    ]
    if platform != "linux":
        listed.append(Step("runtime-client", "AWS's Lambda runtime client", fingerprint(here, lock), lambda: True, ric))
    listed.append(Step("node", "Node.js and npm", node_inputs, lambda: True, bring_node))
    if (root / "package-lock.json").is_file():
        listed.append(
            Step(
                "npm",
                "The page's packages",
                fingerprint(node_inputs, root / "package.json", root / "package-lock.json", root / ".npmrc"),
                (root / "node_modules" / ".package-lock.json").is_file,
                lambda progress: node.npm_ci(venv, root, progress),
            )
        )
    return listed


def _outside(venv: pip.Venv, name: str) -> str | None:
    """Find a command of the machine's own, not the one we put into .venv."""
    path = [folder for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if folder != str(venv.bin)]
    return shutil.which(name, path=os.pathsep.join(path))


def _made_here(venv: pip.Venv) -> bool:
    """Tell whether .venv's scripts point at this checkout: a copied or moved one has commands that do not start."""
    pip_script = venv.bin / ("pip.exe" if os.name == "nt" else "pip")
    return os.name == "nt" or (pip_script.is_file() and str(venv.bin) in pip_script.read_text(errors="replace"))
