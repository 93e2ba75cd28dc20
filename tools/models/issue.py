"""The text of an issue, in Markdown: what is new, service by service, and what to do with it."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from .changes import compare

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .changes import Change
    from .trees import Tree

WHAT_TO_DO = (
    "## What to do",
    "",
    "- [ ] Each new operation and member works in the lab, or is refused in words: nothing is accepted and ignored.",
    "- [ ] Each changed number is in `facts.toml`, in the lab's own limits and in the chapters; "
    "`python -m tools.site.facts --check` compares some of them.",
    "- [ ] `requirements/` is locked with the new version; CONTRIBUTING.md says how.",
)


def write(old: Tree, new: Tree, services: Sequence[str]) -> str:
    """The whole text. `services` as boto3 names them, the most important first."""
    lines = [f"# botocore {old.version} → {new.version}: what is new for Lambda and its neighbours", ""]
    quiet = []
    for service in services:
        if service not in new.services:
            lines += [f"## {service}", "", f"botocore {new.version} does not have this service.", ""]
        elif service not in old.services:
            lines += [f"## {service}", "", f"A new service, with {_count(new, service)}.", ""]
        elif changes := compare(old.model(service), new.model(service)):
            lines += [f"## {service}", "", *_listed(changes)]
        else:
            quiet.append(service)
    if quiet:
        lines += [f"Nothing is new in {', '.join(quiet)}.", ""]
    if others := sorted(new.services - old.services - set(services)):
        lines += [f"New services, which nobody here looks into: {', '.join(others)}.", ""]
    return "\n".join([*lines, *WHAT_TO_DO]) + "\n"


def _listed(changes: Sequence[Change]) -> Iterator[str]:
    for kind, group in groupby(changes, key=lambda change: change.kind):
        yield from (f"### {kind.value}", "", *(f"- {change.text}" for change in group), "")


def _count(tree: Tree, service: str) -> str:
    number = len(tree.model(service).operations)
    return f"{number} operation{'' if number == 1 else 's'}"
