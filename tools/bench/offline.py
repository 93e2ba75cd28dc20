"""Serverless Framework's emulator, serverless-offline, as a peer: the usual way to call a Lambda function locally.

Its last free version is fetched from npm on first use, into build/bench: 280 MB, of which nothing is needed elsewhere.
It runs behind the lab's fence, as it likes to ask its maker for news. Where it does not install, the bench says so.
"""

from __future__ import annotations

import http.client
import os
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from tools.bench.peers import CACHE, free_port

if TYPE_CHECKING:
    from pathlib import Path

    from lambdalab.guard import Fence

PACKAGES = ("serverless@3.40.0", "serverless-offline@13.10.1", "serverless-s3-local@0.8.5")
_STARTS_WITHIN_S = 60
_SERVICE = """
service: bench
frameworkVersion: "3"
provider:
  name: aws
  runtime: python3.{minor}
functions:
  hello:
    handler: app.handler
    timeout: 30
plugins: [serverless-offline]
"""
_WITH_HTTP = """    timeout: 30
    events:
      - http: {path: hello, method: get}
"""
_WITH_S3 = """
    events:
      - s3: {{bucket: bench, event: "s3:ObjectCreated:*"}}
custom:
  s3: {{host: 127.0.0.1, port: {port}, directory: ./buckets}}
resources:
  Resources:
    Bench: {{Type: "AWS::S3::Bucket", Properties: {{BucketName: bench}}}}
plugins: [serverless-s3-local, serverless-offline]
"""


class NotInstalled(Exception):
    """It cannot be had on this machine. The message says why."""


def installed() -> Path:
    """The folder that has it in its node_modules."""
    folder = CACHE / "serverless-offline"
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise NotInstalled("there is no npm on the PATH")
    done_with = folder / "done"
    if not done_with.exists() or done_with.read_text() != " ".join(PACKAGES):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true}')
        print("  fetching serverless-offline …", flush=True)
        command = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", *PACKAGES]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotInstalled((done.stderr.strip().splitlines() or ["npm failed"])[-1])
        done_with.write_text(" ".join(PACKAGES))
    return folder


class Offline:
    """serverless-offline with a function in it, and a connection that stays open."""

    def __init__(self, handler: str, fence: Fence, *, s3: bool = False, api: bool = False) -> None:
        """`s3`: with a bucket "bench" at `s3_url` that calls the function, by the plugin that does that.

        `api`: with a REST API at `http_url`, whose stage is "dev", and GET /hello in it.
        """
        folder = installed()
        port, http_port = free_port(), free_port()
        service, waits_for = _SERVICE.format(minor=sys.version_info.minor), port
        if s3:
            waits_for = free_port()
            service = service.replace("plugins: [serverless-offline]\n", "") + _WITH_S3.format(port=waits_for)
            (folder / "buckets").mkdir(exist_ok=True)
        if api:
            waits_for = http_port
            service = service.replace("    timeout: 30\n", _WITH_HTTP)
        self.http_url = f"http://127.0.0.1:{http_port}"
        self.s3_url = f"http://127.0.0.1:{waits_for}"
        (folder / "serverless.yml").write_text(service)
        (folder / "app.py").write_text(handler)
        node = shutil.which("node") or "node"
        command = [node, "node_modules/serverless/bin/serverless.js", "offline", "--host", "127.0.0.1"]
        command += ["--lambdaPort", str(port), "--httpPort", str(http_port)]
        quiet = {"SLS_TRACKING_DISABLED": "1", "SLS_NOTIFICATIONS_MODE": "off", "SLS_INTERACTIVE_SETUP_ENABLE": "0"}
        self._process = fence.call(
            lambda: subprocess.Popen(
                command,
                cwd=folder,
                env={**os.environ, **quiet},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
        self._connection = http.client.HTTPConnection("127.0.0.1", waits_for)
        ends = time.monotonic() + _STARTS_WITHIN_S
        while time.monotonic() < ends and self._process.poll() is None:
            try:
                self._connection.connect()
            except ConnectionRefusedError:
                time.sleep(0.05)
            else:
                return
        self.close()
        raise NotInstalled("it did not start")

    def invoke(self, payload: bytes) -> bytes:
        """One invocation; the first one starts Python."""
        self._connection.request("POST", "/2015-03-31/functions/bench-dev-hello/invocations", payload)
        return self._connection.getresponse().read()

    def close(self) -> None:
        """End it and what it started."""
        self._connection.close()
        self._process.terminate()
        self._process.wait()
