"""How long the site and the notebooks take, and what a kernel weighs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_client.manager import start_new_kernel

from tools.bench.figures import Figure
from tools.notebooks.__main__ import ROOT, chosen
from tools.notebooks.execute import execute
from tools.notebooks.kernel import NAME

if TYPE_CHECKING:
    from collections.abc import Iterator


def site() -> Iterator[Figure]:
    """Build the site, into a folder of its own; the runner's bundle is built already."""
    subprocess.run([sys.executable, "-m", "tools.browser.bundle"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory() as folder:
        started = time.monotonic()
        command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        yield Figure("site: mkdocs build --strict", time.monotonic() - started, "s")


def notebooks() -> Iterator[Figure]:
    """Run each notebook once, its kernel's start and end included."""
    for path in chosen([], ROOT):
        started = time.monotonic()
        execute(path)
        yield Figure(f"notebook: {path.relative_to(ROOT / 'notebooks')}", time.monotonic() - started, "s")


def kernel() -> Iterator[Figure]:
    """Weigh a kernel: the memory that would come free if it ended (USS)."""
    if not Path("/proc/self/smaps_rollup").exists():
        return  # only Linux tells
    for what, code in (
        ("bare", "pass"),
        ("with the lab started", "import lambdalab; lambdalab.start()"),
        ("with the lab and a first call to Lambda", "import boto3; boto3.client('lambda').list_functions()"),
    ):
        yield Figure(f"kernel: memory {what}", _weigh(code, lab=what != "bare"), "MB")


def _weigh(code: str, *, lab: bool) -> float:
    environ = {**os.environ, "LAMBDALAB_AUTOSTART": "1" if lab else "0"}
    with tempfile.TemporaryDirectory() as folder:
        manager, client = start_new_kernel(kernel_name=NAME, cwd=folder, env=environ, stderr=subprocess.DEVNULL)
        try:
            reply = client.execute_interactive(code, timeout=60, output_hook=lambda message: None)
            if reply["content"]["status"] != "ok":
                raise RuntimeError(f"{code} failed in a kernel: {reply['content']['evalue']}")
            provisioner: Any = manager.provisioner  # the local one, which has a pid
            text = Path(f"/proc/{provisioner.pid}/smaps_rollup").read_text()
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
    return sum(int(kb) for kb in re.findall(r"^Private_(?:Clean|Dirty):\s+(\d+) kB", text, re.MULTILINE)) / 1000
