"""Where the course works on a real account, and how it marks every resource that it creates there."""

from __future__ import annotations

import json
import os
import re
import secrets
import time
from dataclasses import asdict, dataclass
from pathlib import Path

COURSE = "aws-lambda-deep-dive"
PATH = "/lambdalab/"
"""The path of every role, user, group and policy: `arn:aws:iam::…:role/lambdalab/NAME`."""
_LIFE_S = 24 * 3600
_TAGS = "lambdalab:"
VARIABLE = "_LAMBDALAB_PLACE"
"""Passes the place to child processes; see `sitecustomize.py`."""


@dataclass(frozen=True)
class Place:
    """An account that passed the checks, one region of it, and who works there."""

    account: str
    alias: str
    caller: str
    """The ARN of the user or role that the credentials belong to."""
    region: str
    session: str
    expires: str
    boundary: str = ""
    """The ARN of a permissions boundary for every role and user that is created."""

    @property
    def learner(self) -> str:
        """Who works there, as a tag can say it: the last part of the caller's ARN."""
        return re.sub(r"[^\w .:/=+@-]", "-", self.caller.rpartition("/")[2] or self.caller)[:128]

    @property
    def tags(self) -> dict[str, str]:
        """What every resource is tagged with."""
        return {
            **self.marks,
            f"{_TAGS}session": self.session,
            f"{_TAGS}expires-at": self.expires,
        }

    @property
    def marks(self) -> dict[str, str]:
        """The tags by which a later session knows what is this learner's."""
        return {f"{_TAGS}course": COURSE, f"{_TAGS}learner": self.learner}

    def is_ours(self, tags: dict[str, str]) -> bool:
        """Whether a resource with these tags was created by this learner in this course."""
        return self.marks.items() <= tags.items()

    @property
    def ledger(self) -> Path:
        """The file with everything that was ever requested in this account."""
        state = os.environ.get("XDG_STATE_HOME") or Path("~/.local/state").expanduser()
        return Path(state, "lambdalab", f"{self.account}.jsonl")

    def as_text(self) -> str:
        """For a child's environment."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> Place:
        """The place that `as_text()` wrote down."""
        return cls(**json.loads(text))


def new_session() -> tuple[str, str]:
    """A name for this session, and when what it creates counts as forgotten."""
    now = time.time()
    expires = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now + _LIFE_S))
    return time.strftime("%Y%m%d-%H%M%S-", time.gmtime(now)) + secrets.token_hex(3), expires
