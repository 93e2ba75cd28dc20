"""The ledger: what was created is on the disk before it is requested, whatever crashes in between."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lambdalab.real_account.ledger import Key, Ledger

from .conftest import drive

if TYPE_CHECKING:
    from collections.abc import Callable

HELLO = Key("function", "hello", "us-east-1")


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "deep" / "ledger.jsonl", "session-1")


def test_what_was_asked_for_stands_until_it_is_gone(ledger: Ledger) -> None:
    assert ledger.standing() == []
    number = ledger.asked(HELLO)
    assert ledger.owns(HELLO)
    ledger.made(number, "hello")
    assert [(entry.key, entry.state, entry.session) for entry in ledger.standing()] == [(HELLO, "made", "session-1")]
    ledger.gone(HELLO)
    assert not ledger.owns(HELLO)
    assert [entry.state for entry in ledger.entries()] == ["gone"]


def test_what_was_refused_never_was(ledger: Ledger) -> None:
    ledger.refused(ledger.asked(HELLO))
    assert ledger.entries() == []


def test_an_id_that_aws_gives_takes_the_place_of_none(ledger: Ledger) -> None:
    ledger.made(ledger.asked(HELLO._replace(kind="rest-api", name="?shop")), "a1b2c3")
    assert ledger.owns(Key("rest-api", "a1b2c3", "us-east-1"))


def test_what_is_made_again_stands_again(ledger: Ledger) -> None:
    for _ in range(2):
        ledger.made(ledger.asked(HELLO), "hello")
        ledger.gone(HELLO)
    ledger.asked(HELLO)
    assert ledger.owns(HELLO)


def test_the_same_name_in_another_region_is_another_resource(ledger: Ledger) -> None:
    ledger.asked(HELLO)
    assert not ledger.owns(HELLO._replace(region="eu-central-1"))


def test_another_process_sees_it_at_once(ledger: Ledger) -> None:
    other = Ledger(ledger.file)
    assert not other.owns(HELLO)
    ledger.asked(HELLO)
    assert other.owns(HELLO)


@pytest.mark.parametrize("cut", [1, 10, 60, -1])
def test_a_line_that_was_cut_off_hides_no_other(cut: int, ledger: Ledger) -> None:
    ledger.asked(HELLO)
    whole = ledger.file.read_bytes()
    other = HELLO._replace(name="other")
    ledger.asked(other)
    torn = ledger.file.read_bytes()[len(whole) :].strip()[:cut]
    ledger.file.write_bytes(whole + b"\n" + torn)

    fresh = Ledger(ledger.file)
    third = HELLO._replace(name="third")
    fresh.asked(third)

    assert [entry.key for entry in Ledger(ledger.file).standing()] == [HELLO, third]


def test_nobody_else_may_read_it(ledger: Ledger) -> None:
    ledger.asked(HELLO)
    assert ledger.file.stat().st_mode & 0o777 == 0o600
    assert ledger.file.parent.stat().st_mode & 0o777 == 0o700


def test_it_is_on_the_disk_before_the_call_returns(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bytes] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(ledger.file.read_bytes()))
    ledger.asked(HELLO)
    assert b'"hello"' in synced[0]


@pytest.mark.skipif(os.geteuid() == 0 and not Path("/dev/full").exists(), reason="no disk that is full")
def test_a_disk_that_is_full_is_an_error_and_no_creation() -> None:
    with pytest.raises(OSError, match="No space left"):
        Ledger(Path("/dev/full")).asked(HELLO)


@pytest.mark.parametrize(("when", "exists"), [("BEFORE", False), ("AFTER", True)])
def test_killed_between_the_line_and_the_answer(
    when: str,
    exists: bool,
    machine: dict[str, str],
    somebody: Callable[..., Any],
    what_is_there: Callable[[], dict[str, Any]],
) -> None:
    """SIGKILL before the request leaves, or when AWS has done it and before anybody heard of it."""
    done = drive(machine, "create", when)

    assert done.returncode == -signal.SIGKILL, done.stderr
    ledger = Ledger(Path(machine["XDG_STATE_HOME"], "lambdalab", "123456789012.jsonl"))
    assert [(entry.key, entry.state) for entry in ledger.standing()] == [(Key("role", "torn-off"), "asked")]
    assert ("iam:Roles" in what_is_there()) is exists

    cleaned = drive(machine, "cli", "clean", "--yes")
    assert cleaned.returncode == 0, cleaned.stdout + cleaned.stderr
    assert what_is_there() == {}
    assert Ledger(ledger.file).standing() == []


def test_killed_before_the_request_somebody_else_takes_the_name_and_keeps_it(
    machine: dict[str, str], somebody: Callable[..., Any]
) -> None:
    """The name is in the ledger as asked for; who has it now did not get it from the course."""
    drive(machine, "create", "BEFORE")
    somebody("iam", "create_role", RoleName="torn-off", AssumeRolePolicyDocument="{}")

    cleaned = drive(machine, "cli", "clean", "--yes")

    assert "left alone: role torn-off: it does not carry your tags" in cleaned.stdout
    assert somebody("iam", "get_role", RoleName="torn-off")
    somebody("iam", "delete_role", RoleName="torn-off")
