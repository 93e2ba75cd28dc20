"""The dated facts: `facts.toml` is read here, put into pages, listed on a page, and compared with what AWS publishes.

In a page `{{ fact.timeout_max }}` prints “1,800 s”, `{{ fact.timeout_max.value }}` the bare value, and
`{{ fact.timeout_max.source }}` a link to the source with the day it was checked.

`python -m tools.site.facts --check` compares what a machine can compare, without the network:

- `botocore: lambda CreateFunction Timeout min`            the value is that bound in AWS's own API model
  (`DurableConfig.ExecutionTimeout` means a member of a member)
- `botocore: lambda CreateFunction Runtime has`            the value is one that the model lists
- `botocore-says: lambda CreateFunction Timeout | words`   the model's documentation of the member holds these words
  (`>Member` means a member of the answer, no member the operation itself; `{value}` stands for the fact's value)
- `cfn-lint: python3.13 deprecated`                        the date in cfn-lint's runtime table

An old fact is a loud warning, never a failure: a build must not break because a day has passed.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib.resources
import json
import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.session

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ROOT = Path(__file__).parents[2]
FILE = ROOT / "facts.toml"
STALE_AFTER_DAYS = 180
KEYS = {"says", "value", "unit", "source", "checked", "check", "note"}
MENTION = re.compile(r"<!-- *facts?: *(?P<names>[\w, ]+?) *-->\n?")
MACRO = re.compile(r"\{\{ *fact\.(?P<name>\w+)(?:\.(?P<part>value|source))? *\}\}")


class FactError(ValueError):
    """The facts file, or a page that uses it, is wrong; the message says where."""


@dataclass(frozen=True)
class Fact:
    """One fact; see facts.toml for what each field means."""

    name: str
    says: str
    value: int | str | dt.date
    source: str
    checked: dt.date
    unit: str = ""
    check: str = ""
    note: str = ""

    def __str__(self) -> str:
        if isinstance(self.value, dt.date):
            return day(self.value)
        number = f"{self.value:,}" if isinstance(self.value, int) else self.value
        if self.unit == "USD":
            return f"${number}"
        # A no-break space: a number and its unit stay on one line.
        return f"{number}\u00a0{self.unit}" if self.unit else number

    @property
    def bare(self) -> str:
        """The value alone, as code would write it."""
        return str(self.value)

    @property
    def link(self) -> str:
        """Markdown: the source, and when it was looked at."""
        host = self.source.split("/")[2]
        return f"[{host}, checked {day(self.checked)}]({self.source})"


def day(date: dt.date) -> str:
    """1 August 2025, with spaces that do not break."""
    return f"{date.day}\u00a0{date:%B}\u00a0{date.year}"


def load(path: Path = FILE) -> dict[str, Fact]:
    """All facts by name; refuses a file that leaves something out."""
    found = {}
    for name, entry in tomllib.loads(path.read_text(encoding="utf-8")).items():
        missing = {"says", "value", "source", "checked"} - set(entry)
        unknown = set(entry) - KEYS
        if missing or unknown:
            words = [f"lacks {', '.join(sorted(missing))}"] * bool(missing)
            words += [f"has unknown keys {', '.join(sorted(unknown))}"] * bool(unknown)
            raise FactError(f"{path.name}: [{name}] {' and '.join(words)}.")
        if not str(entry["source"]).startswith("https://"):
            raise FactError(f"{path.name}: [{name}] needs an https:// address as its source.")
        if not isinstance(entry["checked"], dt.date):
            raise FactError(f"{path.name}: [{name}] needs a date in “checked”, written like 2026-11-23.")
        found[name] = Fact(name=name, **entry)
    return found


def fill(text: str, facts: Mapping[str, Fact]) -> tuple[str, list[str]]:
    """The text with its facts in place, and the names that no fact has."""
    unknown: list[str] = []

    def put(match: re.Match[str]) -> str:
        fact = facts.get(match["name"])
        if fact is None:
            unknown.append(match["name"])
            return match[0]
        return {"value": fact.bare, "source": fact.link}.get(match["part"] or "", str(fact))

    return MACRO.sub(put, text), unknown


def mentioned(text: str, facts: Mapping[str, Fact]) -> tuple[str, list[str]]:
    """A notebook's prose without its `<!-- facts: name, … -->` comments, and what is wrong with them.

    Jupyter cannot fill in `{{ fact.… }}`, so a notebook prints its numbers itself and names in a comment the facts
    that they are; here the two are held together.
    """
    wrong = []
    prose = MENTION.sub("", text)
    said = prose.replace(",", "").replace("\N{NO-BREAK SPACE}", " ")
    for comment in MENTION.finditer(text):
        for name in re.split(r"[, ]+", comment["names"]):
            fact = facts.get(name)
            if fact is None:
                wrong.append(f"names the fact “{name}”, but facts.toml has no [{name}]")
                continue
            value = str(fact).replace("\N{NO-BREAK SPACE}", " ") if isinstance(fact.value, dt.date) else fact.bare
            if not re.search(rf"(?<![\w.]){re.escape(value)}(?!\w|\.\d)", said):
                wrong.append(f"names the fact “{name}”, but does not say {value}")
    return prose, wrong


def table(facts: Iterable[Fact]) -> str:
    """The facts page's table, in Markdown; each fact has an anchor of its own."""
    machine = {"botocore": "botocore's model", "botocore-says": "botocore's model", "cfn-lint": "cfn-lint's table"}
    rows = ["| Fact | Value | Source |", "| --- | --- | --- |"]
    for fact in facts:
        note = f"<br><small>{fact.note}</small>" if fact.note else ""
        by = f"<br><small>and on every change, in {machine[fact.check.split(':')[0]]}</small>" if fact.check else ""
        rows.append(f'| <span id="{fact.name}"></span>{fact.says}{note} | {fact} | {fact.link}{by} |')
    return "\n".join(rows)


def contradictions(facts: Iterable[Fact]) -> list[str]:
    """What AWS's published models say otherwise, one sentence each."""
    return [f"{fact.name}: {problem}" for fact in facts if fact.check and (problem := _contradiction(fact))]


def _contradiction(fact: Fact) -> str | None:
    kind, _, rest = fact.check.partition(": ")
    if kind == "cfn-lint":
        runtime, what = rest.split()
        theirs = _lifecycle().get(runtime, {}).get(what)
        return None if theirs == str(fact.value) else f"we say {fact.value}, cfn-lint's table says {theirs}."
    if kind == "botocore":
        service, operation, member, what = rest.split()
        shape = _member(service, operation, member)
        if what == "has":
            return None if fact.value in shape.metadata["enum"] else f"botocore's {member} does not list {fact.value}."
        theirs = shape.metadata.get(what)
        return None if theirs == fact.value else f"we say {fact.value}, botocore's {member} has {what} {theirs}."
    if kind == "botocore-says":
        place, _, words = rest.partition(" | ")
        wanted = words.format(value=fact.value)
        text = re.sub(r"<[^>]+>", "", _member(*place.split()).documentation)
        return None if wanted in text else f"botocore's documentation no longer says “{wanted}”."
    raise FactError(f"facts.toml: [{fact.name}] has a check of unknown kind “{kind}”.")


def _member(service: str, operation: str, member: str = "") -> Any:
    model = botocore.session.get_session().get_service_model(service).operation_model(operation)
    if not member:
        return model
    shape = model.output_shape if member.startswith(">") else model.input_shape
    for name in member.lstrip(">").split("."):
        shape = shape.members[name]
    return shape


def _lifecycle() -> dict[str, dict[str, str]]:
    path = importlib.resources.files("cfnlint") / "data/AdditionalSpecs/LmbdRuntimeLifecycle.json"
    table: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return table


def stale(facts: Iterable[Fact], today: dt.date) -> list[str]:
    """The facts that nobody has looked at for too long."""
    return [
        f"{fact.name}: last checked {fact.checked}, {(today - fact.checked).days} days ago. Look at {fact.source}"
        for fact in facts
        if (today - fact.checked).days > STALE_AFTER_DAYS
    ]


def main(arguments: list[str] | None = None) -> int:
    """The command; 0 if nothing contradicts AWS's models."""
    parser = argparse.ArgumentParser(prog="python -m tools.site.facts", description="The site's dated facts.")
    parser.add_argument("--check", action="store_true", help="compare with botocore's models and cfn-lint's table")
    parser.add_argument("--file", type=Path, default=FILE)
    options = parser.parse_args(arguments)
    try:
        facts = list(load(options.file).values())
        if not options.check:
            print("\n".join(f"{fact.name:30} {fact}" for fact in facts))
            return 0
        wrong = contradictions(facts)
    except (FactError, tomllib.TOMLDecodeError) as problem:
        print(problem, file=sys.stderr)
        return 1
    for sentence in wrong:
        print(f"WRONG  {sentence}", file=sys.stderr)
    for sentence in stale(facts, dt.datetime.now(dt.UTC).date()):
        print(f"##### OLD FACT #####  {sentence}", file=sys.stderr)
    checked = sum(1 for fact in facts if fact.check)
    print(f"{len(facts)} facts, {checked} compared with AWS's models, {len(wrong)} wrong.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
