"""How moto is changed: what, why, and a check that moto still looks as expected.

The rooms list their changes in `backend.py`. There are two kinds:

- a `Patch` replaces one attribute of one class;
- an `AddedOperation` adds an operation of AWS's API that moto does not know.

Each knows how to restore moto: `install()` and `uninstall()` are symmetric. Before anything is changed, each is
compared with what it was written against, so that a new moto fails here, with a sentence, and not in a learner's cell.
What a room uses of moto without changing it, its `misfits()` checks with `missing()`. Everything that does not fit is
in one `MotoMismatch`.
"""

from __future__ import annotations

import abc
import importlib
import importlib.util
import inspect
import re
import types
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

TESTED_WITH = "5.2.5"
"""The version of moto in requirements/lab.txt, with which all tests ran."""


class MotoMismatch(RuntimeError):
    """moto is not the moto that the lab was written for."""

    def __init__(self, misfits: Iterable[str]) -> None:
        """`misfits`: a sentence for everything that does not fit."""
        self.misfits = tuple(misfits)
        found = installed()
        lines = [f"moto {found} is installed." if found else "moto is not installed."]
        lines[0] += f" This lab was written for moto {TESTED_WITH}"
        lines[0] += ", and does not run with it:" if self.misfits else "."
        lines += [f"  - {each}" for each in self.misfits]
        lines.append(
            "Install the version in requirements/lab.txt, in the environment of this Python, and start again: "
            f"python -m pip install 'moto=={TESTED_WITH}'"
        )
        super().__init__("\n".join(lines))


def installed() -> str | None:
    """The version of moto that is installed; "unknown" if moto is there without saying so, None if it isn't there."""
    try:
        return version("moto")
    except PackageNotFoundError:
        return "unknown" if importlib.util.find_spec("moto") else None


class Change(abc.ABC):
    """One change to moto."""

    why: str

    @property
    @abc.abstractmethod
    def name(self) -> str:
        """What is changed, for people."""

    @abc.abstractmethod
    def misfits(self) -> Iterator[str]:
        """A sentence for everything in moto that is not as expected."""

    @abc.abstractmethod
    def apply(self) -> Callable[[], None]:
        """Make the change; returns what takes it back."""


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
        return getattr(importlib.import_module(self.module), self.owner)

    def misfits(self) -> Iterator[str]:
        """Whether the original is there, and takes the same parameters."""
        if lacks := list(missing_in(self.module, self.owner)):
            yield from lacks
            return
        original = getattr(self.target(), self.attribute, None)
        if original is None:
            yield f"{self.module}.{self.owner} has no {self.attribute}"
            return
        function: Any = original.fget if isinstance(original, property) else original
        found = tuple(inspect.signature(inspect.unwrap(function)).parameters)
        if found != self.parameters:
            yield f"{self.name} takes {', '.join(found)}, not {', '.join(self.parameters)}"

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
    class; it needs to know only which paths belong to the service. Those are in the model too.
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

    def misfits(self) -> Iterator[str]:
        """Whether moto still lacks the operation, and finds operations as expected."""
        responses = f"{self.module}.responses"
        lacks = [*missing_in(responses, self.owner), *missing_in(self._urls, "url_paths")]
        if lacks:
            yield from lacks
            return
        owner = getattr(importlib.import_module(responses), self.owner)
        if hasattr(owner, self.method):
            yield f"{responses}.{self.owner} has {self.method} already"
        if not isinstance(importlib.import_module(self._urls).url_paths, dict):
            yield f"{self._urls}.url_paths is no dictionary"
        yield from missing(owner, "dispatch")

    def apply(self) -> Callable[[], None]:
        """Add the method, and the path unless another operation has brought it."""
        owner = getattr(importlib.import_module(f"{self.module}.responses"), self.owner)
        paths = importlib.import_module(self._urls).url_paths
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


def missing(of: Any, *names: str) -> Iterator[str]:
    """A sentence for each attribute that a class, a module or an object of moto's does not have."""
    if isinstance(of, types.ModuleType):
        name = of.__name__
    elif isinstance(of, type):
        name = f"{of.__module__}.{of.__qualname__}"
    else:
        name = f"an object of {type(of).__module__}.{type(of).__qualname__}"
    return (f"{name} has no {each}" for each in names if not hasattr(of, each))


def missing_in(module: str, *names: str) -> Iterator[str]:
    """The same for a module of moto's that may not be there either."""
    try:
        found = importlib.import_module(module)
    except ImportError as error:
        yield f"{module} cannot be imported: {error}"
        return
    yield from missing(found, *names)


_undo: dict[Change, Callable[[], None]] = {}
_INHERITED = object()


def install(changes: Sequence[Change]) -> None:
    """Check all, then make all. A change that is made already stays as it is."""
    new = [change for change in changes if change not in _undo]
    if misfits := [each for change in new for each in change.misfits()]:
        raise MotoMismatch(misfits)
    for change in new:
        _undo[change] = change.apply()


def uninstall() -> None:
    """Restore moto, the last change first."""
    while _undo:
        _, undo = _undo.popitem()
        undo()


def made() -> tuple[Change, ...]:
    """The changes that are made now."""
    return tuple(_undo)


def _set(target: Any, attribute: str, value: Any) -> Callable[[], None]:
    """Set an attribute of a class; returns what restores the one before."""
    before = vars(target).get(attribute, _INHERITED)
    setattr(target, attribute, value)

    def restore() -> None:
        if before is _INHERITED:
            delattr(target, attribute)
        else:
            setattr(target, attribute, before)

    return restore
