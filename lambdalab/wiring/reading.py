"""What the readers of an account share: the draft that they add to, and how they ask."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from . import labels as words
from .arn_resources import end
from .model import Draft, Way

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .model import Thing
    from .scope import Look

_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "ForbiddenException")
_ABSENT = ("NotFound", "NoSuch", "NonExistent", "DoesNotExist", "404")


class Reading:
    """One look at an account."""

    def __init__(self, aws: Callable[[str], Any], look: Look) -> None:
        self.draft = Draft()
        self.aws = aws
        self._look = look

    def push(self, source: Thing, arn: str, said: Iterable[str]) -> None:
        """What hands something to whoever has this ARN."""
        target, qualifier = end(arn)
        self.draft.arrow(source, target, Way.ASYNCHRONOUS, [*said, *words.qualified(qualifier)])

    def result(self, source: Thing, arn: str, said: str) -> None:
        """What becomes of something goes to whoever has this ARN."""
        target, qualifier = end(arn)
        self.draft.arrow(source, target, Way.RESULT, [said, *words.qualified(qualifier)])

    def dead_letters(self, source: Thing, target: dict[str, Any], rule: str) -> None:
        """Where a rule or a schedule puts what its target did not take."""
        if dead := (target.get("DeadLetterConfig") or {}).get("Arn"):
            self.result(source, dead, f"given up: {rule}" if rule and source.kind == "event bus" else "given up")

    def bus(self, name: str) -> Thing:
        """The event bus of this name, or with this ARN."""
        return end(name if name.startswith("arn:") else self.arn("events", f"event-bus/{name}"))[0]

    def arn(self, service: str, rest: str) -> str:
        """The ARN of something here."""
        return f"arn:aws:{service}:{self._look.region}:{self._look.account}:{rest}"

    def names(self, kind: str) -> list[str]:
        """The names of all of a kind that are to be looked at."""
        found: list[str] = []
        with self.looking(kind, "list"):
            found = self._look.names(kind)
        return found

    @contextlib.contextmanager
    def looking(self, service: str, name: str) -> Iterator[None]:
        """What went away meanwhile is left out, and what may not be looked at is noted."""
        from botocore.exceptions import ClientError

        try:
            yield
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in _DENIED:
                self.draft.notes[f"{service} {name} may not be looked at ({error.operation_name}: {code})"] = None
            elif not any(word in code for word in _ABSENT):
                raise
