"""The `lambdalab` command: a lab in a terminal.

lambdalab up [--port N] [--any-credentials]     runs a lab and prints the variables to export
lambdalab run -- COMMAND [ARG …]                runs a command inside a lab of its own
lambdalab clean [--yes]                         shows, or deletes, what the course left in a real account

With LAMBDALAB_TARGET=aws, `run` works on a real account.
"""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

from . import __version__
from .lab import LEADS_ELSEWHERE, Lab
from .target_selection import TARGET, target

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status is returned, not raised."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        return _on_account(parser, options) if _is_for_account(options.command) else _in_lab(parser, options)
    except ValueError as problem:  # a switch that says neither
        print(f"lambdalab: {problem}", file=sys.stderr)
        return 2


def _is_for_account(command: str) -> bool:
    return target() == "aws" or command == "clean"


def _on_account(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    from .real_account.checks import Refused

    if options.command == "up":
        print(f"lambdalab: `up` runs a lab on this machine, and {TARGET} is aws. Unset it first.", file=sys.stderr)
        return 2
    try:
        if options.command == "clean":
            from .real_account.clean import clean

            return clean(os.environ, yes=options.yes)
        from .real_account.account import Account

        command = _command(parser, options)
        with Account():
            return _run(command)
    except Refused as problem:
        print(f"lambdalab: {problem}", file=sys.stderr)
        return 1


def _in_lab(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    from .endpoint.server import CannotListen

    try:
        if options.command == "up":
            return _up(options.port, options.any_credentials)
        command = _command(parser, options)
        with Lab() as lab:
            for note in lab.notes:
                print(f"lambdalab: {note}", file=sys.stderr)
            return _run(command)
    except CannotListen as problem:
        print(f"lambdalab: {problem}", file=sys.stderr)
        return 1


def _command(parser: argparse.ArgumentParser, options: argparse.Namespace) -> list[str]:
    command: list[str] = options.argv[1:] if options.argv[:1] == ["--"] else options.argv
    if not command:
        parser.error("run needs a command: lambdalab run -- python my_script.py")
    return command


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lambdalab", description="A lab for AWS Lambda on this machine: no account, no Docker."
    )
    parser.add_argument("--version", action="version", version=f"lambdalab {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="run a lab until Ctrl-C, and print the variables that lead to it")
    up.add_argument("--port", type=_port, default=0, help="the port to listen on (default: any free one)")
    up.add_argument(
        "--any-credentials",
        action="store_true",
        help="accept any access key; then every user of this machine can use the lab and run code in it",
    )
    run = commands.add_parser("run", help="run a command inside a lab, which ends with it")
    run.add_argument("argv", nargs=argparse.REMAINDER, metavar="-- COMMAND", help="the command and its arguments")
    clean = commands.add_parser("clean", help="show what the course left in a real account, and delete it with --yes")
    clean.add_argument("--yes", action="store_true", help="delete it")
    return parser


def _port(text: str) -> int:
    try:
        port = int(text)
    except ValueError:
        port = -1
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: give a number from 1 to 65535")
    return port


def _up(port: int, any_credentials: bool) -> int:
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    environ = dict(os.environ)
    with Lab(port=port, any_credentials=any_credentials) as lab:
        for note in lab.notes:
            print(f"# {note}", file=sys.stderr)
        print("# The lab runs. In another terminal, lead the aws command and the SDKs to it:")
        for name, value in lab.variables.items():
            print(f"export {name}={shlex.quote(value)}")
        # A variable of that terminal's own must not lead elsewhere.
        print("unset " + " ".join((*LEADS_ELSEWHERE, *_endpoints(environ))))
        if any_credentials:
            print("# Any credentials are accepted: every user of this machine can run code through this lab.")
        print("# Ctrl-C ends it, and with it everything that was created in it.", flush=True)
        ended.wait()
    return 0


def _endpoints(environ: dict[str, str]) -> list[str]:
    return [name for name in environ if name.startswith("AWS_ENDPOINT_URL_")]


def _run(command: list[str]) -> int:
    try:
        child = subprocess.Popen(command)
    except FileNotFoundError:
        print(f"lambdalab: there is no command {command[0]!r} on the PATH.", file=sys.stderr)
        return 127
    except OSError:  # no permission, or no program at all
        print(f"lambdalab: {command[0]!r} cannot be executed.", file=sys.stderr)
        return 126
    # Ctrl-C goes to the child as well, being in the same group: let it decide, and end when it does.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    ending = signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    try:
        status = child.wait()
    finally:
        signal.signal(signal.SIGINT, before)
        signal.signal(signal.SIGTERM, ending)
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main())
