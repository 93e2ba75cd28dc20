"""A program that is asked to end hears it in its main thread, whatever its other threads do."""

from __future__ import annotations

import subprocess
import sys

import pytest

from lambdalab.runtime.processes.graceful_exit import ask_to_end

# Of all threads only the second would take a signal that is meant for the program; one for the main thread waits there.
TWO_THREADS = """
import signal, sys, threading
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
def second():
    print("second: ready", flush=True)
    signal.sigwait({signal.SIGTERM})
    print("second: asked", flush=True)
threading.Thread(target=second, daemon=True).start()
sys.stdin.readline()
print("main: asked" if signal.SIGTERM in signal.sigpending() else "main: not asked", flush=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can send a signal to another program's thread")
def test_it_is_the_main_thread_that_is_asked() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", TWO_THREADS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout
        assert program.stdout.readline() == "second: ready\n"
        ask_to_end(program)
        said, _ = program.communicate("\n")
    assert said == "main: asked\n"


def test_a_program_that_has_ended_is_left_alone() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as program:
        program.wait()
        ask_to_end(program)
        assert program.returncode == 0


def test_where_threads_have_no_names_the_program_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctypes.CDLL", lambda _: object())
    waits = "import signal; print('ready', flush=True); signal.pause()"
    with subprocess.Popen([sys.executable, "-c", waits], stdout=subprocess.PIPE) as program:
        assert program.stdout
        program.stdout.readline()
        ask_to_end(program)
        assert program.wait() == -15
