"""What the engine is compared with.

aws-lambda-rie is AWS's own Runtime Interface Emulator, a Go program that lies inside the wheel of aws-sam-cli
(`tools/sam_wheel.py`).
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import platform
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tools import sam_wheel

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / "build" / "bench"


def rie() -> Path:
    """The path of aws-lambda-rie; fetched on first use."""
    machine = {"aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "x86_64")
    program = CACHE / f"aws-lambda-rie-{machine}"
    if not program.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        sam_wheel.fetch()
        program.write_bytes(sam_wheel.read(f"samcli/local/rapid/{program.name}"))
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def free_port() -> int:
    """A port on loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def environ(api: str = "") -> dict[str, str]:
    """What a bare runtime client needs."""
    return {
        "PATH": os.environ["PATH"],
        "LANG": "en_US.UTF-8",
        "_HANDLER": "app.handler",
        "AWS_LAMBDA_FUNCTION_NAME": "bench",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        **({"AWS_LAMBDA_RUNTIME_API": api} if api else {}),
    }


class Emulator:
    """aws-lambda-rie with a function behind it, and a connection that stays open."""

    def __init__(self, folder: Path) -> None:
        self._port = free_port()
        address, api = f"127.0.0.1:{self._port}", f"127.0.0.1:{free_port()}"
        self._process = subprocess.Popen(
            [
                rie(),
                *("--log-level", "error", "--runtime-interface-emulator-address", address),
                *("--runtime-api-address", api),
                *(sys.executable, "-m", "awslambdaric", "app.handler"),
            ],
            cwd=folder,
            env=environ(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while True:
            try:
                socket.create_connection(("127.0.0.1", self._port)).close()
                break
            except ConnectionRefusedError:
                if self._process.poll() is not None:
                    raise RuntimeError("aws-lambda-rie did not start") from None
        self._connection = http.client.HTTPConnection("127.0.0.1", self._port)

    def invoke(self, payload: bytes) -> bytes:
        """One invocation; the first one starts the runtime."""
        self._connection.request("POST", "/2015-03-31/functions/function/invocations", payload)
        return self._connection.getresponse().read()

    def close(self) -> None:
        """End the emulator and its runtime."""
        self._connection.close()
        self._process.terminate()
        self._process.wait()


class Pipe:
    """The least there can be: a Python process that reads a line of JSON, calls the handler, writes a line."""

    WORKER = (
        "import sys, json, app\n"
        "for line in sys.stdin:\n"
        "    sys.stdout.write(json.dumps(app.handler(json.loads(line), None)) + '\\n'); sys.stdout.flush()\n"
    )

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-c", self.WORKER],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )

    def invoke(self, payload: bytes) -> bytes:
        """One line there, one line back."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(payload + b"\n")
        return self._process.stdout.readline()

    def close(self) -> None:
        """End the worker."""
        self._process.communicate()


def start_bare_client(folder: Path) -> None:
    """Start awslambdaric with the barest Runtime API: from its start to the response to its first invocation."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        api = f"127.0.0.1:{listener.getsockname()[1]}"
        client = subprocess.Popen(
            [sys.executable, "-m", "awslambdaric", "app.handler"],
            cwd=folder,
            env=environ(api),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with connection:
                connection.recv(1 << 16)
                body = json.dumps({"name": "Ada"}).encode()
                head = (
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: bench\r\n"
                    "Lambda-Runtime-Deadline-Ms: 99999999999999\r\nLambda-Runtime-Invoked-Function-Arn: bench\r\n"
                    f"Content-Length: {len(body)}\r\n\r\n"
                )
                connection.sendall(head.encode() + body)
                with contextlib.suppress(ConnectionResetError):
                    connection.recv(1 << 16)
        finally:
            client.kill()
            client.wait()


@contextlib.contextmanager
def closing_all(*things: Emulator | Pipe) -> Iterator[None]:
    """Close what was opened, whatever happens."""
    try:
        yield
    finally:
        for thing in things:
            thing.close()
