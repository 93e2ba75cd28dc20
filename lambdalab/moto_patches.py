"""The one list of places where moto is changed: what, why, and a check that moto still looks as expected.

Every other module talks to moto through what it offers. There are two kinds of change:

- a `Seam` replaces one attribute of one class;
- an `Operation` adds an operation of AWS's API that moto does not know.

Each remembers how to put moto back: `install()` and `uninstall()` are symmetric. Before anything is changed, each
checks what it was written against, so that a new moto fails here, with a sentence, and not in a learner's cell.
"""

from __future__ import annotations

import abc
import importlib
import inspect
import re
import types
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class MotoMismatch(RuntimeError):
    """moto is not the moto that the lab was written against."""


class Change(abc.ABC):
    """One change to moto."""

    why: str

    @property
    @abc.abstractmethod
    def name(self) -> str:
        """What is changed, for people."""

    @abc.abstractmethod
    def check(self) -> None:
        """Raise SeamError unless moto is as expected."""

    @abc.abstractmethod
    def apply(self) -> Callable[[], None]:
        """Make the change; answer what takes it back."""


@dataclass(frozen=True)
class Patch(Change):
    """One attribute of one of moto's classes, and what the lab puts in its place."""

    module: str
    owner: str
    attribute: str
    parameters: tuple[str, ...]
    """The original's parameters, as checked at start."""
    replacement: Callable[[Any], Any]
    """Gets the original, returns what takes its place."""
    why: str

    @property
    def name(self) -> str:
        """For people: "moto.awslambda.responses.LambdaResponse.invoke"."""
        return f"{self.module}.{self.owner}.{self.attribute}"

    def target(self) -> Any:
        """The class that is changed."""
        return _find(self.module, self.owner)

    def check(self) -> None:
        """Raise SeamError unless the original is as expected."""
        original = getattr(self.target(), self.attribute, None)
        if original is None:
            raise _changed(self.module, f"{self.owner} has no {self.attribute}")
        found = tuple(inspect.signature(inspect.unwrap(original)).parameters)
        if found != self.parameters:
            raise _changed(self.module, f"{self.attribute} takes {found}, not {self.parameters}")

    def apply(self) -> Callable[[], None]:
        """Replace the attribute."""
        target = self.target()
        original = inspect.getattr_static(target, self.attribute)
        replacement = self.replacement(original)
        if isinstance(replacement, types.FunctionType):
            # A subclass may be patched later, and its patch is checked against what moto had, not against ours.
            vars(replacement).setdefault("__wrapped__", original)
        return _set(target, self.attribute, replacement)


@dataclass(frozen=True)
class AddedOperation(Change):
    """An operation of AWS's API that moto lacks.

    moto finds an operation by AWS's own service model, and calls the method of that name on the service's response
    class; it only has to be told which paths belong to the service. Those stand in the model too.
    """

    operation: str
    """AWS's name: "PutProvisionedConcurrencyConfig"."""
    handler: Callable[[Any], Any]
    """Gets moto's response object (request and backend), returns status, headers and body."""
    why: str = "moto does not know this operation"
    service: str = "lambda"
    """As boto3 names it."""
    module: str = "moto.awslambda"
    owner: str = "LambdaResponse"
    served_by: str = ""
    """The module of moto whose paths lead to the service, if they are another's: apigateway serves apigatewayv2."""

    @property
    def name(self) -> str:
        """For people: "moto.awslambda.responses.LambdaResponse.put_provisioned_concurrency_config"."""
        return f"{self.module}.responses.{self.owner}.{self.method}"

    @property
    def method(self) -> str:
        """What moto calls: "put_provisioned_concurrency_config"."""
        from moto.core.utils import camelcase_to_underscores

        return str(camelcase_to_underscores(self.operation))

    @property
    def path(self) -> str:
        """The operation's path as moto writes it, from AWS's model: `{0}/…/functions/(?P<FunctionName>[^/]+)/…$`."""
        from moto.core.utils import get_service_model

        uri = get_service_model(self.service).operation_model(self.operation).http["requestUri"].partition("?")[0]
        pattern = re.sub(r"\{(\w+)(\+?)\}", lambda m: f"(?P<{m[1]}>{'.+' if m[2] else '[^/]+'})", uri.rstrip("/"))
        return "{0}" + pattern + "/?$"

    @property
    def _urls(self) -> str:
        return f"{self.served_by or self.module}.urls"

    def check(self) -> None:
        """Raise SeamError if moto knows the operation by now, or finds operations otherwise."""
        owner = _find(f"{self.module}.responses", self.owner)
        if hasattr(owner, self.method):
            raise _changed(f"{self.module}.responses", f"{self.owner} has {self.method} already")
        if not isinstance(_find(self._urls, "url_paths"), dict):
            raise _changed(self._urls, "url_paths is no dictionary")
        if not callable(getattr(owner, "dispatch", None)):
            raise _changed(f"{self.module}.responses", f"{self.owner} has no dispatch")

    def apply(self) -> Callable[[], None]:
        """Add the method, and the path unless another operation has brought it."""
        owner, paths = _find(f"{self.module}.responses", self.owner), _find(self._urls, "url_paths")
        handler, path = self.handler, self.path

        def method(response: Any) -> Any:  # moto looks for plain functions only
            return handler(response)

        forget_method = _set(owner, self.method, method)
        ours = path not in paths
        if ours:
            paths[path] = owner.dispatch

        def undo() -> None:
            forget_method()
            if ours:
                del paths[path]

        return undo


_undo: dict[Change, Callable[[], None]] = {}
_INHERITED = object()


def install(changes: Sequence[Change]) -> None:
    """Check all, then make all. A change that is made already stays as it is."""
    new = [change for change in changes if change not in _undo]
    for change in new:
        change.check()
    for change in new:
        _undo[change] = change.apply()


def uninstall() -> None:
    """Put everything back, the last change first."""
    while _undo:
        _, undo = _undo.popitem()
        undo()


def made() -> tuple[Change, ...]:
    """The changes that are made now."""
    return tuple(_undo)


def _set(target: Any, attribute: str, value: Any) -> Callable[[], None]:
    """Set an attribute of a class; answer what puts back what was there."""
    before = vars(target).get(attribute, _INHERITED)
    setattr(target, attribute, value)

    def put_back() -> None:
        if before is _INHERITED:
            delattr(target, attribute)
        else:
            setattr(target, attribute, before)

    return put_back


def _find(module: str, name: str) -> Any:
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise _changed(module, f"it has no {name}") from error


def _changed(module: str, how: str) -> MotoMismatch:
    return MotoMismatch(
        f"moto {version('moto')} is not the version that this lab was written for: in {module}, {how}. "
        "Install the versions in requirements/lab.txt."
    )
