"""Java runtimes: a bootstrap of the lab's (lambdalab/runtime/java), in a JDK of this machine.

AWS's runtime client for Java is on Maven Central, where neither pip nor npm can fetch it. So the main program is the
lab's, written after what AWS documents; so are the few interfaces that handlers implement (RequestHandler,
RequestStreamHandler, Context …), which are declared again, with the names and methods that compiled handlers refer to.
A package that brings aws-lambda-java-core uses its own. Compiled when a lab first runs a Java function.

The guard: sockets of java.net are led to a proxy that is not there, so that connections to other machines are refused.
Channels of java.nio know no proxies, and are not guarded.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lambdalab.runtime.layers import java_path

from .base import UnsupportedRuntime

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lambdalab.runtime.function import Function
    from lambdalab.runtime.processes.folders import Folders

_IDENTIFIER = re.compile(r"java(\d+)(\.al2)?$")
_INSIDE = Path(__file__).parents[1] / "java"
"""What runs inside the environment's process, as source."""
_OLDEST = 17
_PATIENCE_S = 60.0
_MAIN = "lambdalab.Bootstrap"
_SWIFT = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")
"""One collector, one compiler, classes from the archive: what AWS starts its Java runtimes with, too."""
_GUARD = (
    # Every java.net socket to another machine asks a proxy: a port on which nobody listens.
    *(f"-D{kind}.proxyHost=127.0.0.1" for kind in ("http", "https")),
    *(f"-D{kind}.proxyPort=1" for kind in ("http", "https")),
    "-DsocksProxyHost=127.0.0.1",
    "-DsocksProxyPort=1",
    "-Dhttp.nonProxyHosts=localhost|127.*|[::1]",
    "-DsocksNonProxyHosts=localhost|127.*|[::1]",
)
_PLACES = ("/usr/lib/jvm/*", "/Library/Java/JavaVirtualMachines/*/Contents/Home")


@dataclass(frozen=True)
class Jdk:
    """A JDK: where it is, and its version."""

    home: Path
    version: str

    @property
    def major(self) -> int:
        """17."""
        return int(self.version.partition(".")[0])

    def program(self, name: str) -> str:
        """The path of java or javac."""
        return str(self.home / "bin" / name)

    def compile(self, sources: Sequence[Path], folder: Path) -> None:
        """Compile source files into class files below `folder`. Raises CalledProcessError with javac's complaints.

        What they refer to of the lab's interfaces (com.amazonaws.services.lambda.runtime) is found, and not compiled
        with them: it is there when the function runs.
        """
        subprocess.run(
            [
                self.program("javac"),
                *(f"-J{option}" for option in _SWIFT),
                "-proc:none",
                "-implicit:none",
                *("-encoding", "UTF-8"),
                *("-sourcepath", str(_INSIDE)),
                *("-d", str(folder)),
                *map(str, sources),
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE_S,
            check=True,
            text=True,
        )


class JavaRuntime:
    """Java."""

    family = "java"
    guards_itself = False

    def __init__(self, identifier: str, jdk: Jdk) -> None:
        self.name = identifier
        self._jdk = jdk

    @classmethod
    def of(cls, identifier: str) -> JavaRuntime | None:
        """java17, java21, java25 …; raises UnsupportedRuntime when there is no JDK."""
        match = _IDENTIFIER.match(identifier)
        if match is None:
            return None
        jdk = find_jdk(int(match[1]))
        if jdk is None:
            raise UnsupportedRuntime(
                f"A function of the runtime {identifier} needs a JDK, version {_OLDEST} or newer, and this machine has "
                "none. Install one (openjdk-21-jdk-headless, for instance), or say where it is with JAVA_HOME, and "
                "invoke the function again."
            )
        return cls(identifier, jdk)

    def interpreter(self) -> str:
        """Java 17.0.15, for instance."""
        return f"Java {self._jdk.version}"

    def prepare(self, folder: Path, *, native_client: bool) -> None:
        """Compile the bootstrap and the interfaces."""
        self._jdk.compile(sorted(_INSIDE.rglob("*.java")), folder)

    def command(self, function: Function, folders: Folders) -> Sequence[str]:
        """Most of the function's memory is the heap's.

        Class path: the package's root and its lib/, the layers, then the lab's own.
        https://docs.aws.amazon.com/lambda/latest/dg/java-package.html
        """
        class_path = [str(folders.task), str(folders.task / "lib" / "*"), *java_path(folders.opt), str(folders.runtime)]
        return [
            self._jdk.program("java"),
            *_SWIFT,
            f"-XX:MaxHeapSize={function.memory_mb * 1024 * 17 // 20}k",
            *_GUARD,
            "-cp",
            os.pathsep.join(class_path),
            _MAIN,
        ]

    def variables(self, function: Function, folders: Folders) -> Mapping[str, str]:
        """None of its own."""
        return {}

    def programs(self) -> Mapping[str, str]:
        """The Java launcher."""
        return {"java": self._jdk.program("java")}

    def paths(self) -> Sequence[tuple[str, str]]:
        """The JDK."""
        return [(str(self._jdk.home), "/var/lang")]


def find_jdk(major: int) -> Jdk | None:
    """The JDK of this version if there is one, else the newest."""
    found = [jdk for home in dict.fromkeys(_homes()) if (jdk := _jdk(home)) and jdk.major >= _OLDEST]
    return max(found, key=lambda jdk: (jdk.major == major, jdk.major), default=None)


def _homes() -> Iterator[Path]:
    if named := os.environ.get("JAVA_HOME"):
        yield Path(named)
    if javac := shutil.which("javac"):
        yield Path(os.path.realpath(javac)).parents[1]
    for pattern in _PLACES:
        root, _, rest = pattern.partition("*")
        for home in sorted(Path(root).glob(f"*{rest}")):
            yield Path(os.path.realpath(home))


def _jdk(home: Path) -> Jdk | None:
    """What the folder says of itself; None when it is no JDK: a JRE cannot compile."""
    try:
        release = (home / "release").read_text(encoding="utf-8")
    except OSError:
        return None
    version = re.search(r'^JAVA_VERSION="(\d[^"]*)"', release, re.MULTILINE)
    if version is None or not all(os.access(home / "bin" / name, os.X_OK) for name in ("java", "javac")):
        return None
    return Jdk(home, version[1])
