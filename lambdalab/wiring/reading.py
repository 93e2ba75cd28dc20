"""What all readers of an account share: the draft that they add to, and how they ask AWS."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from . import labels
from .arn_resources import end
from .model import Draft, Way

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .model import Resource
    from .scope import Aws, Look

_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "ForbiddenException")
_ABSENT = ("NotFound", "NoSuch", "NonExistent", "DoesNotExist", "404")


class Reading:
    """One pass over an account."""

    def __init__(self, aws: Aws, look: Look) -> None:
        self.draft = Draft()
        self.aws = aws
        self._look = look

    def push(self, source: Resource, arn: str, settings: Iterable[str]) -> None:
        """An arrow from a source that hands events over to the resource with this ARN."""
        target, qualifier = end(arn)
        self.draft.arrow(source, target, Way.ASYNCHRONOUS, [*settings, *labels.qualified(qualifier)])

    def result(self, source: Resource, arn: str, case: str) -> None:
        """An arrow to the resource with this ARN, which gets the result in this case."""
        target, qualifier = end(arn)
        self.draft.arrow(source, target, Way.RESULT, [case, *labels.qualified(qualifier)])

    def resource(self, service: str, resource: str) -> Resource:
        """A resource in this account and region, by the last part of its ARN."""
        return end(self.arn(service, resource))[0]

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource in this account and region."""
        return f"arn:aws:{service}:{self._look.region}:{self._look.account}:{resource}"

    def names(self, kind: str) -> list[str]:
        """The names of all resources of a kind that are to be read."""
        found: list[str] = []
        with self.looking(kind, "list"):
            found = self._look.names(kind)
        return found

    @contextlib.contextmanager
    def looking(self, service: str, name: str) -> Iterator[None]:
        """A resource that was deleted meanwhile is left out; one that must not be read is noted."""
        from botocore.exceptions import ClientError

        try:
            yield
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in _DENIED:
                self.draft.notes[f"no permission to read {service} {name} ({error.operation_name}: {code})"] = None
            elif not any(word in code for word in _ABSENT):
                raise
