"""Finds what the course left in an account, and deletes it: `lambdalab clean`.

Three ways to find resources, each for what the one before can miss:

    ledger  what was written down, on this machine
    tags    what carries the course's tags: made on another machine, or by a stack
    paths   what has no tags, or what AWS's search by tags leaves out: IAM's resources by their path, APIs and mappings
            by their own tags, and log groups that Lambda created for functions of the course

Nothing is deleted only because of its name. A resource that can have tags must have this learner's; for others, the
ledger must say that the name was free before. Each deletion is written down when it is done, and one that was
interrupted is repeated: the clean-up can be killed at any time and started again.
"""

from __future__ import annotations

import contextlib
import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lambdalab.account_resources import if_exists
from lambdalab.services.logs.account import log_group

from . import aws
from .arns import key_of
from .kinds import KINDS
from .ledger import Key
from .ownership import CLOCKS_DIFFER_S, is_ours
from .place import PATH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lambdalab.account_resources import Kind

    from .ledger import Entry, Ledger
    from .place import Place

_LOGS_OF = "/aws/lambda/"
ORDER = {name: number for number, name in enumerate(KINDS)}


@dataclass(frozen=True)
class Found:
    """A resource that the course left."""

    key: Key
    by: str
    """How it was found: ledger, tags or paths."""


@dataclass
class Report:
    """The result of a clean-up."""

    deleted: list[Found] = field(default_factory=list)
    failed: list[tuple[Key, str]] = field(default_factory=list)
    left_alone: list[tuple[str, str]] = field(default_factory=list)
    """What was found and is not the course's to delete, and why."""


class Sweep:
    """The clean-up of one account."""

    def __init__(self, place: Place, ledger: Ledger) -> None:
        self._place = place
        self._ledger = ledger
        self._left_alone: dict[str, str] = {}
        self._not_ours_any_more: list[Key] = []

    def show(self) -> list[Found]:
        """What would be deleted, each resource once, in the order of deletion. Nothing is changed."""
        found: dict[Key, Found] = {}
        for find in self._ways:
            for each in find():
                found.setdefault(each.key, each)
        return sorted(found.values(), key=_order)

    @property
    def left_alone(self) -> list[tuple[str, str]]:
        """What was found and will not be deleted, and why."""
        return sorted(self._left_alone.items())

    def delete(self, said: Callable[[Found], None] = lambda found: None) -> Report:
        """Delete everything that is found. `said` is called with each resource before it is deleted."""
        from botocore.exceptions import BotoCoreError, ClientError

        report = Report()
        for find in self._ways:
            for each in sorted(find(), key=_order):
                said(each)
                try:
                    KINDS[each.key.kind].delete(self._aws(each.key), each.key.name)
                except (BotoCoreError, ClientError) as problem:
                    report.failed.append((each.key, str(problem)))
                else:
                    self._ledger.gone(each.key)
                    report.deleted.append(each)
        for key in self._not_ours_any_more:
            self._ledger.gone(key)
        if not report.failed:
            self._forget_what_never_was()
        report.left_alone = self.left_alone
        return report

    @property
    def _ways(self) -> tuple[Callable[[], list[Found]], ...]:
        return (self.in_ledger, self.by_tags, self.by_paths)

    # The ledger ---------------------------------------------------------------------------------------------------

    def in_ledger(self) -> list[Found]:
        """What was written down, exists, and is the course's."""
        found = []
        for entry in self._ledger.standing():
            with self._if_it_may_be_seen(str(entry.key)):
                if self._is_there_and_ours(entry):
                    found.append(Found(entry.key, "ledger"))
        return found

    def _is_there_and_ours(self, entry: Entry) -> bool:
        kind, name = KINDS.get(entry.key.kind), entry.key.name
        if kind is None or name.startswith("?"):  # AWS generated an id that was not written down: found by its tags
            return False
        if entry.follows:
            return self._is_our_functions_log(name, entry.key.region, entry.time)
        here = self._aws(entry.key)
        if not kind.exists(here, name):
            return False
        if is_ours(kind, here, name, self._place, entry.time):
            return True
        self._left_alone[str(entry.key)] = "it does not carry your tags: somebody else may have made it since"
        self._not_ours_any_more.append(entry.key)
        return False

    def _forget_what_never_was(self) -> None:
        """After a complete search: what is written down and was not found does not exist."""
        for entry in self._ledger.standing():
            kind = KINDS.get(entry.key.kind)
            if kind is None:
                continue
            if entry.key.name.startswith("?") or not kind.exists(self._aws(entry.key), entry.key.name):
                self._ledger.gone(entry.key)

    # Tags ---------------------------------------------------------------------------------------------------------

    def by_tags(self) -> list[Found]:
        """What has this learner's tags, in every region that the course was ever in."""
        filters = [{"Key": key, "Values": [value]} for key, value in self._place.marks.items()]
        found = []
        for region in self._regions:
            pages = aws.client("resourcegroupstaggingapi", region).get_paginator("get_resources")
            with self._if_it_may_be_seen(f"tags in {region}"):
                for page in pages.paginate(TagFilters=filters):
                    for resource in page["ResourceTagMappingList"]:
                        with self._if_it_may_be_seen(resource["ResourceARN"]):
                            found += self._of_arn(resource["ResourceARN"])
        return found

    def _of_arn(self, arn: str) -> list[Found]:
        key = key_of(arn)
        if key is None:
            self._left_alone[arn] = "it carries your tags, and the course does not know how to delete it"
            return []
        here = self._aws(key)
        kind = KINDS[key.kind]
        # The search still finds resources for a while after they are deleted, and tags that were removed.
        if kind.exists(here, key.name) and (kind.tags is None or self._place.is_ours(kind.tags(here, key.name))):
            return [Found(key, "tags")]
        return []

    # Paths and names ----------------------------------------------------------------------------------------------

    def by_paths(self) -> list[Found]:
        """What AWS's search by tags does not find."""
        found: list[Found] = []
        for kind in KINDS.values():
            for region in [""] if kind.global_ else self._regions:
                self._add(found, f"every {kind.name} in {region or 'the account'}", self._listed(kind, region))
        for region in self._regions:
            self._add(found, f"logs in {region}", self._logs(region))
        return found

    def _add(self, found: list[Found], where: str, keys: Iterator[Key]) -> None:
        with self._if_it_may_be_seen(where):
            for key in keys:
                found.append(Found(key, "paths"))

    @contextlib.contextmanager
    def _if_it_may_be_seen(self, where: str) -> Iterator[None]:
        """What a learner has no permission to list is most likely not theirs. It's reported, and the search goes on."""
        from botocore.exceptions import ClientError

        try:
            yield
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if not any(word in code for word in ("AccessDenied", "Unauthorized", "Forbidden", "403")):
                raise
            self._left_alone[where] = f"you have no permission to look there: {error}"

    def _listed(self, kind: Kind, region: str) -> Iterator[Key]:
        if kind.listed is None:
            return
        ours = {entry.key for entry in self._ledger.standing()}
        for name, tags in kind.listed(self._aws(Key(kind.name, "", region)), PATH):
            key = Key(kind.name, name, region)
            with if_exists():
                if kind.tags is None:
                    is_ours = key in ours
                else:
                    is_ours = self._place.is_ours(kind.tags(self._aws(key), name) if tags is None else tags)
                if is_ours:
                    yield key

    def _logs(self, region: str) -> Iterator[Key]:
        """Logs of functions that the course created at any time: the last lines arrive when the function is deleted."""
        since: dict[str, float] = {}
        for entry in self._ledger.entries():
            if entry.key.kind == "function" and entry.key.region == region:
                since.setdefault(_LOGS_OF + entry.key.name, entry.time)
        for name, time in since.items():
            if self._is_our_functions_log(name, region, time):
                yield Key("log-group", name, region)

    def _is_our_functions_log(self, name: str, region: str, asked: float) -> bool:
        """The group was created after the function was requested, and nobody else's function writes to it now."""
        here = self._aws(Key("log-group", name, region))
        group = log_group(here, name)
        if group is None or group["creationTime"] / 1000 < asked - CLOCKS_DIFFER_S:
            return False
        function = Key("function", name.removeprefix(_LOGS_OF), region)
        kind = KINDS["function"]
        if not kind.exists(here, function.name) or kind.tags is None:
            return True
        if self._place.is_ours(kind.tags(here, function.name)):
            return True
        self._left_alone[str(Key("log-group", name, region))] = "a function writes to it that is not yours"
        return False

    # ----------------------------------------------------------------------------------------------------------------

    @property
    def _regions(self) -> list[str]:
        return sorted({self._place.region, *(entry.key.region for entry in self._ledger.entries() if entry.key.region)})

    def _aws(self, key: Key) -> Callable[[str], Any]:
        return functools.partial(aws.client, region=key.region or self._place.region)


def _order(found: Found) -> tuple[int, str]:
    return ORDER[found.key.kind], found.key.name
