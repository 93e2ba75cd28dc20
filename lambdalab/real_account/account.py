"""`lab` on a real account: what `lambdalab.start()` returns with LAMBDALAB_TARGET=aws.

The cells are the same, and so is what they find here. It differs where AWS does: waiting takes time, pictures are
drawn from what CloudWatch has, and what only the lab can know raises an error that says how to find it out on AWS.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from typing import TYPE_CHECKING, Any

from lambdalab import wiring
from lambdalab.execution_role import allowed, execution_role
from lambdalab.interface import CellLab

from . import children, history
from .checks import Refused, examine
from .children import tell
from .ledger import Ledger
from .made_scope import Made
from .waiting import NoPace, Waiting
from .watch import Watch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambdalab.runtime import Happening
    from lambdalab.wiring import Wiring

    from .place import Place

LOGS_ARRIVE_S = 15.0
IAM_SPREADS_S = 10.0
_ASKED_FOR_IAM = "IAM takes some seconds until all of AWS knows a role and its policies"


class OnlyInTheLab(RuntimeError):
    """Only the local lab can do this, not a real account."""


def sleep(seconds: float) -> None:
    """Everything that waits calls this; tests replace it."""
    time.sleep(seconds)


class Account(CellLab):
    """A real account, after the checks. Made by `lambdalab.start()`."""

    clock: Waiting

    def __init__(self) -> None:
        global _current
        if _current is not None:
            raise RuntimeError(f"An account is open in this process already: {_current!r}.")
        self.place = examine(os.environ)
        self.ledger = Ledger(self.place.ledger, self.place.session)
        self.clock = Waiting(lambda seconds: sleep(seconds), tell)
        self.pace = NoPace()
        self._watch = Watch(self.place, self.ledger, sleep=lambda seconds: sleep(seconds), say=tell)
        self._environ_before: dict[str, str | None] = {}
        self._process_id = os.getpid()
        self._open = True
        said_region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        self._watch.on()
        self._set_environ(children.variables(self.place, os.environ))
        _current = self
        atexit.register(self.stop)
        for line in _greeting(self.place, self.ledger, said_region):
            tell(line)

    # What a cell uses -----------------------------------------------------------------------------------------------

    def role(self, name: str, policy: dict[str, Any] | None = None) -> str:
        """The ARN of an execution role that Lambda may assume; made if it is not there. Waits until IAM has spread it.

        It may write logs (AWSLambdaBasicExecutionRole), and do what `policy` (an IAM policy document) allows.
        """
        import boto3

        arn, made = execution_role(boto3.client("iam", region_name=self.place.region), name, policy)
        if made or policy is not None:
            self.clock.wait(IAM_SPREADS_S, _ASKED_FOR_IAM)
        return arn

    def permissions_used(self, function_name: str) -> dict[str, Any]:
        """What the function's role allows now. AWS does not say which permissions were used, and a sentence says so.

        CloudTrail's event history has them for some services, but not for objects, items and messages.
        """
        import boto3

        tell(
            f"what {function_name} used is not known on a real account: this is what its role allows. In the local lab "
            "the same cell answers with what was used; on AWS, IAM's console makes such a policy from a CloudTrail "
            "trail (Generate policy)."
        )
        client = boto3.client("lambda", region_name=self.place.region)
        role = client.get_function_configuration(FunctionName=function_name)["Role"]
        return allowed(boto3.client("iam", region_name=self.place.region), role.rpartition("/")[2])

    def url(self, url: str) -> str:
        """The URL itself, of a function or of an API."""
        return url

    def events(self, function_name: str | None = None) -> list[Happening]:
        """What CloudWatch has received so far about a function, or about all of this session, as events."""
        names = [function_name] if function_name else self._functions()
        found = [event for name in names for event in self._logged(name)]
        return sorted(found, key=lambda event: event.time)

    def _wiring(self) -> Wiring:
        """Of the resources that the course created here."""
        with self._watch.aside():
            return wiring.read(self._watch.own_client, Made(self.place, self.ledger))

    def settle(self, timeout: float = LOGS_ARRIVE_S) -> None:
        """Wait until log lines and events have most likely arrived: AWS cannot say whether any are on their way."""
        self.clock.wait(min(timeout, LOGS_ARRIVE_S), "log lines and events take some seconds to arrive")

    def stop(self) -> None:
        """Stop watching, and say what is left. Nothing is deleted; `lambdalab clean` does that."""
        global _current
        if os.getpid() != self._process_id:
            return
        with _lock:
            if not self._open:
                return
            self._open = False
            atexit.unregister(self.stop)
            self._watch.off()
            for name, value in self._environ_before.items():
                _put(name, value)
            if _current is self:
                _current = None
        tell(_what_is_left(self.ledger))

    def reset(self) -> None:
        """Only a lab can be emptied with one call."""
        raise OnlyInTheLab("A real account is emptied by hand: `lambdalab clean` shows what it would delete.")

    @property
    def endpoint_url(self) -> None:
        """None: calls go to AWS."""
        return

    @property
    def notes(self) -> list[str]:
        """What is different here from what the course describes."""
        return [
            "this is a real account: waiting takes time, names and numbers in answers are the account's, and calls "
            "cost money.",
            "programs that are not Python (version 2 of the aws command, for instance) are not watched: what they "
            "create is not written down, and you delete it yourself.",
        ]

    def __repr__(self) -> str:
        state = "" if self._open else ", stopped"
        return f"<Account {self.place.account} ({self.place.alias}), {self.place.region}{state}>"

    # ----------------------------------------------------------------------------------------------------------------

    def _functions(self) -> list[str]:
        return [
            entry.key.name
            for entry in self.ledger.entries()
            if entry.key.kind == "function" and entry.session == self.place.session
        ]

    def _logged(self, name: str) -> list[Happening]:
        logs = self._watch.own_client("logs")
        found: list[Any] = []
        with self._watch.aside():
            try:
                for page in logs.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{name}"):
                    found += page["events"]
            except logs.exceptions.ResourceNotFoundException:
                return []
        arn = f"arn:aws:lambda:{self.place.region}:{self.place.account}:function:{name}"
        return history.read(name, arn, found)

    def _set_environ(self, variables: Mapping[str, str]) -> None:
        for name, value in variables.items():
            self._environ_before.setdefault(name, os.environ.get(name))
            os.environ[name] = value


_current: Account | None = None
_lock = threading.RLock()


def start() -> Account:
    """Open the account, or return the one that is open in this process."""
    with _lock:
        return _current if _current is not None else Account()


def current() -> Account | None:
    """The account that is open in this process."""
    return _current


def _put(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


def _greeting(place: Place, ledger: Ledger, said_region: str | None) -> list[str]:
    lines = [
        f"THIS IS A REAL ACCOUNT: {place.account} ({place.alias}), region {place.region}, as {place.caller}.",
        "What will be created: what the cells say, tagged with the course, your name and an end "
        f"({place.expires}), and written down in {ledger.file} before it is requested.",
        "What it costs: most chapters stay within Lambda's free tier, and below one US cent without it. What costs "
        "while it exists is said when it is created. What will be left: nothing, if the last cells run; "
        "`lambdalab clean` shows and deletes the rest.",
    ]
    if said_region not in (None, place.region):
        lines.append(f"Your region was {said_region}; the course works in {place.region}. LAMBDALAB_REGION changes it.")
    if standing := _certain(ledger):
        lines.append(f"From earlier: {len(standing)} resources are still there, as far as the ledger knows.")
    return lines


def _what_is_left(ledger: Ledger) -> str:
    standing = _certain(ledger)
    if not standing:
        return "nothing is left in the account, as far as the ledger knows."
    names = ", ".join(f"{entry.kind} {entry.name}" for entry in standing[:8]) + (" …" if len(standing) > 8 else "")
    return f"still in the account: {names}. `lambdalab clean` shows all of it, `lambdalab clean --yes` deletes it."


def _certain(ledger: Ledger) -> list[Any]:
    return [entry.key for entry in ledger.standing() if not entry.follows]


__all__ = ["Account", "OnlyInTheLab", "Refused", "current", "start"]
