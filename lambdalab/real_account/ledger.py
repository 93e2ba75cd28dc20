"""What was created, written down before it is requested.

One file for an account, one JSON object a line, only ever added to. Each line is on the disk before the call that it is
about leaves the machine: whatever crashes in between, the file has at least the resources that AWS has.

    asked   a creation is about to be requested
    made    AWS created it (and which name or id it has)
    refused AWS refused: nothing was created
    gone    it was deleted

The call of a line that is cut off was never made (the line was not on the disk yet), so it is left out.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Key(NamedTuple):
    """A resource: its kind, its name (or the id that AWS generated), and its region."""

    kind: str
    name: str
    region: str = ""
    """Empty for global resources."""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}" + (f" ({self.region})" if self.region else "")


@dataclass(frozen=True)
class Entry:
    """What the ledger knows about one resource."""

    id: str
    key: Key
    state: str
    """asked, made or gone."""
    time: float
    """When it was requested."""
    session: str
    follows: bool = False
    """AWS creates it by itself, sooner or later, because of another resource: the log group of a function."""


class Ledger:
    """The ledger of an account. Several processes may write to it."""

    def __init__(self, file: Path, session: str = "") -> None:
        self.file = file
        self._session = session
        self._read: tuple[int, list[Entry]] = (0, [])
        """How long the file was when it was read last, and what it said: it only grows."""

    def asked(self, key: Key, *, follows: bool = False) -> str:
        """Write down that this is going to be created; the entry's id, for `made()` and `refused()`."""
        number = secrets.token_hex(8)
        self._write(
            state="asked",
            id=number,
            kind=key.kind,
            name=key.name,
            region=key.region,
            time=time.time(),
            session=self._session,
            follows=follows,
        )
        return number

    def made(self, number: str, name: str) -> None:
        """It is there, under this name."""
        self._write(state="made", id=number, name=name)

    def refused(self, number: str) -> None:
        """It was not created."""
        self._write(state="refused", id=number)

    def gone(self, key: Key) -> None:
        """It was deleted."""
        for entry in self.standing():
            if entry.key == key:
                self._write(state="gone", id=entry.id)

    def owns(self, key: Key) -> bool:
        """Whether the course created this, or was about to."""
        return any(entry.key == key for entry in self.standing())

    def standing(self) -> list[Entry]:
        """What exists, or may exist: everything that is not known to be gone. Oldest first."""
        return [entry for entry in self.entries() if entry.state != "gone"]

    def entries(self) -> list[Entry]:
        """Everything that ever was created, oldest first."""
        size = self.file.stat().st_size if self.file.exists() else 0
        if size != self._read[0]:
            self._read = (size, self._parsed())
        return self._read[1]

    def _parsed(self) -> list[Entry]:
        found: dict[str, Entry] = {}
        for line in self._lines():
            with contextlib.suppress(KeyError, TypeError, ValueError):
                record = json.loads(line)
                number, state = record["id"], record["state"]
                if state == "asked":
                    key = Key(record["kind"], record["name"], record["region"])
                    found[number] = Entry(
                        number, key, state, record["time"], record["session"], bool(record.get("follows"))
                    )
                elif number not in found:
                    continue
                elif state == "refused":
                    del found[number]
                else:
                    before = found[number]
                    key = before.key._replace(name=record.get("name", before.key.name))
                    found[number] = Entry(number, key, state, before.time, before.session, before.follows)
        return list(found.values())

    def _lines(self) -> Iterator[bytes]:
        try:
            yield from self.file.read_bytes().splitlines()
        except FileNotFoundError:
            return

    def _write(self, **record: object) -> None:
        """Add a line, and return when the disk has it. It begins with a newline: what was cut off stays apart."""
        new = not self.file.exists()
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        line = b"\n" + json.dumps(record).encode() + b"\n"
        target = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            while line:  # in one piece unless the disk is full, and then it raises
                line = line[os.write(target, line) :]
            os.fsync(target)
        finally:
            os.close(target)
        if new:
            _sync_folder(self.file.parent)


def _sync_folder(folder: Path) -> None:
    """A new file's name is on the disk as well. Not every system has that for folders."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
