"""The lambdalab command: a lab in a terminal, and a command inside a lab."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import lambdalab
from lambdalab import cli

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = [sys.executable, "-m", "lambdalab"]


@pytest.fixture(autouse=True)
def _no_lab_here() -> None:
    """The command starts a lab of its own."""
    lambdalab.stop()


def run(*arguments: str, **settings: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=120, check=False, **settings)  # type: ignore[call-overload]


@contextlib.contextmanager
def up(
    *arguments: str, at_ctrl_c: signal.Handlers = signal.SIG_DFL, **environ: str
) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """A lab in another terminal, once it says that it is ready; and what it said.

    `at_ctrl_c`: what SIGINT does there when the command starts.
    """
    process = subprocess.Popen(
        [*COMMAND, "up", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environ},
        preexec_fn=lambda: signal.signal(signal.SIGINT, at_ctrl_c),
    )
    try:
        assert process.stdout is not None
        said: list[str] = []
        while not said or not said[-1].startswith("# Ctrl-C ends it"):
            line = process.stdout.readline()
            assert line, process.communicate()[1]
            said.append(line.rstrip("\n"))
        yield process, said
    finally:
        process.kill()
        process.communicate()


def exports(said: list[str]) -> dict[str, str]:
    """The variables that a shell would have after these lines."""
    assigned = (shlex.split(line)[1].split("=", 1) for line in said if line.startswith("export "))
    return dict(assigned)  # type: ignore[arg-type]


# up ---------------------------------------------------------------------------------------------------------------


def test_what_up_prints_can_be_evaluated_by_a_shell_and_leads_to_the_lab() -> None:
    elsewhere = {
        "AWS_PROFILE": "nobody",
        "AWS_SESSION_TOKEN": "old",
        "AWS_ENDPOINT_URL_STS": "http://192.0.2.1",
        "AWS_ENDPOINT_URL_S3": "http://192.0.2.1",
    }
    script = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'], boto3.client('s3')._endpoint)"
    with up(**elsewhere) as (_, said):
        shell = "\n".join([*said, f"{shlex.quote(sys.executable)} -c {shlex.quote(script)}"])
        done = subprocess.run(
            ["sh", "-c", shell],
            env={**os.environ, **elsewhere},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout == f"123456789012 s3({exports(said)['AWS_ENDPOINT_URL']})\n"


@pytest.mark.parametrize(
    ("number", "at_ctrl_c"),
    [(signal.SIGINT, signal.SIG_DFL), (signal.SIGINT, signal.SIG_IGN), (signal.SIGTERM, signal.SIG_IGN)],
)
def test_a_signal_ends_it_cleanly(number: signal.Signals, at_ctrl_c: signal.Handlers, tmp_path: Path) -> None:
    """Also where SIGINT was ignored at the start: a script that ends its command with "&" starts it like that."""
    with up(at_ctrl_c=at_ctrl_c, TMPDIR=str(tmp_path)) as (process, said):
        script = (
            "import boto3, lambdalab, json\n"
            "from lambdalab.execution_role import execution_role\n"
            "from tests.lambdalab.packages import zipped\n"
            "role, _ = execution_role(boto3.client('iam'), 'r')\n"
            "made = boto3.client('lambda')\n"
            "made.create_function(FunctionName='f', Runtime='python3.13', Role=role, Handler='app.handler',"
            "    Code={'ZipFile': zipped({'app.py': 'import os\\ndef handler(event, context): return os.getpid()'})})\n"
            "print(made.invoke(FunctionName='f')['Payload'].read().decode())\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, **exports(said)},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        pid = int(done.stdout)
        assert Path(f"/proc/{pid}").exists()
        assert [path.name.startswith("lambdalab-") for path in tmp_path.iterdir()] == [True]
        process.send_signal(number)
        _, errors = process.communicate(timeout=120)
        assert (process.returncode, errors) == (0, "")
        assert not Path(f"/proc/{pid}").exists()
        assert list(tmp_path.iterdir()) == []


def test_up_listens_where_it_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as chosen:
        port = chosen.getsockname()[1]
    with up("--port", str(port)) as (_, said):
        assert exports(said)["AWS_ENDPOINT_URL"] == f"http://127.0.0.1:{port}"


def test_a_port_in_use_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("up", "--port", str(port))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"lambdalab: Port {port} on 127.0.0.1 is in use, so the lab cannot listen there. "
        "Stop the other program, or let the lab take a free port (leave --port out).\n"
    )


@pytest.mark.parametrize("port", ["http", "-1", "65536", "80.5", ""])
def test_a_port_that_is_none_is_said(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["up", f"--port={port}"])
    assert ended.value.code == 2
    assert f"{port!r} is not a port: give a number from 1 to 65535" in capsys.readouterr().err


def test_any_credentials_takes_any_and_warns() -> None:
    with up("--any-credentials") as (_, said):
        assert "# Any credentials are accepted: every user of this machine can run code through this lab." in said
        script = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"
        environ = {**os.environ, **exports(said), "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
        done = subprocess.run(
            [sys.executable, "-c", script], env=environ, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.stdout == "123456789012\n", done.stderr


def test_without_any_credentials_others_are_refused() -> None:
    with up() as (_, said):
        script = "import boto3; boto3.client('sts').get_caller_identity()"
        environ = {**os.environ, **exports(said), "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
        done = subprocess.run(
            [sys.executable, "-c", script], env=environ, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 1
        assert "InvalidClientTokenId" in done.stderr


# run --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [0, 1, 42, 255])
def test_run_ends_as_its_command_does(status: int) -> None:
    assert run("run", "--", sys.executable, "-c", f"raise SystemExit({status})").returncode == status


def test_run_tells_of_a_signal_as_shells_do() -> None:
    done = run("run", "--", sys.executable, "-c", "import os; os.kill(os.getpid(), 9)")
    assert done.returncode == 128 + 9


def test_runs_child_reaches_the_lab_and_nothing_is_left(tmp_path: Path) -> None:
    script = "import boto3, json; print(json.dumps(boto3.client('lambda').list_functions()['Functions']))"
    done = run("run", "--", sys.executable, "-c", script, env={**os.environ, "TMPDIR": str(tmp_path)})
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == []
    assert list(tmp_path.iterdir()) == []


def test_arguments_of_the_command_are_its_own() -> None:
    script = "import sys; print(sys.argv[1:])"
    for dashes in (["--"], []):
        done = run("run", *dashes, sys.executable, "-c", script, "--port", "--", "-h")
        assert done.stdout == "['--port', '--', '-h']\n"


def test_run_reads_from_the_terminal() -> None:
    done = run("run", "--", sys.executable, "-c", "print(input())", input="typed\n")
    assert done.stdout == "typed\n"


def test_a_command_that_does_not_exist_is_said() -> None:
    done = run("run", "--", "no-such-command")
    assert done.returncode == 127
    assert done.stderr == "lambdalab: there is no command 'no-such-command' on the PATH.\n"


@pytest.mark.parametrize("content", [None, b"no program"])
def test_a_command_that_cannot_run_is_said(content: bytes | None, tmp_path: Path) -> None:
    """A folder, and a file that says it is executable but is no program."""
    path = tmp_path / "thing"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
        path.chmod(0o755)
    done = run("run", "--", str(path))
    assert done.returncode == 126
    assert done.stderr == f"lambdalab: {str(path)!r} cannot be executed.\n"


@pytest.mark.parametrize("arguments", [["run"], ["run", "--"], [], ["fly"]])
def test_what_is_missing_is_answered_with_the_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert "usage: lambdalab" in capsys.readouterr().err


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"lambdalab {lambdalab.__version__}\n"
