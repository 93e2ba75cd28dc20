"""A kernel of `make lab` has the lab started before its first cell; any other kernel has not.

A stand-in for lambdalab lies first on the path: what is tested is the way from the variable to the call.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from jupyter_client.manager import KernelManager, start_new_kernel

from tools.bootstrap.jupyter import CONFIG

STAND_IN = """
import os, pathlib
calls = []
def start():
    calls.append(os.getpid())
    return "the lab"
"""
ASK = """
import os, sys
print(sys.modules["lambdalab"].calls == [os.getpid()] if "lambdalab" in sys.modules else None)
"""


@pytest.mark.parametrize(("variable", "answer"), [("1", "True\n"), (None, "None\n")])
def test_the_lab_is_started_only_when_asked(tmp_path: Path, variable: str | None, answer: str) -> None:
    config = Path(sys.prefix) / "etc" / "ipython" / "ipython_kernel_config.py"
    assert config.read_text() == CONFIG, "make setup writes it"
    (tmp_path / "lambdalab.py").write_text(STAND_IN)
    environ = {key: value for key, value in os.environ.items() if key != "LAMBDALAB_AUTOSTART"}
    environ |= {"PYTHONPATH": str(tmp_path), "IPYTHONDIR": str(tmp_path / "ipython")}
    if variable:
        environ["LAMBDALAB_AUTOSTART"] = variable

    manager: KernelManager
    manager, client = start_new_kernel(kernel_name="python3", env=environ, cwd=str(tmp_path), startup_timeout=120)
    printed: list[str] = []
    try:
        client.execute_interactive(
            ASK,
            timeout=60,
            output_hook=lambda message: printed.append(message["content"].get("text", "")),
        )
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert "".join(printed) == answer
