"""What event sources do in the lab as on AWS, and what not: read from the marks of the tests that show it.

    @pytest.mark.source("Amazon SQS", "partial batch responses")             the lab does this as AWS does
    @pytest.mark.differs("Amazon SQS", "long polling", "what it does instead")

The tests are read, not run and not imported. A mark that stands on no test, names no source that there is, or cannot be
read is an error: the page would say less, or more, than what is tested.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    Anchors = dict[tuple[str, str], str]
    """Where the page names a test, by its file and its name."""

SOURCES = {
    "API Gateway (REST)": "synchronous",
    "API Gateway (HTTP)": "synchronous",
    "Function URL": "synchronous",
    "Amazon S3": "asynchronous",
    "Amazon SNS": "asynchronous",
    "EventBridge": "asynchronous",
    "EventBridge Scheduler": "asynchronous",
    "CloudWatch Logs": "asynchronous",
    "All mappings": "polled",
    "Amazon SQS": "polled",
    "All streams": "polled",
    "DynamoDB Streams": "polled",
    "Amazon Kinesis": "polled",
}
"""Their names, in the order of the page, and how they reach a function."""
_ABOUT = {
    "All mappings": "Whatever Lambda reads: SQS, DynamoDB Streams, Kinesis.",
    "All streams": "DynamoDB Streams and Kinesis.",
}
_SEE = {"Amazon SQS": ("All mappings",), **dict.fromkeys(("DynamoDB Streams", "Amazon Kinesis"), tuple(_ABOUT))}
_MARKS = {"source": 2, "differs": 3}
"""The marks, and how many words each has."""


class SourceError(ValueError):
    """A mark cannot be put into the table; the message says where it stands."""


@dataclass(frozen=True)
class Shown:
    """A feature of a source, and a test that shows it."""

    source: str
    feature: str
    how: str
    """What the lab does instead; empty if it does as AWS does."""
    file: str
    test: str


def shown(tests: Path) -> list[Shown]:
    """Everything that the tests in this folder are marked with."""
    files = sorted(file for file in tests.rglob("*.py") if "mark." in file.read_text(encoding="utf-8"))
    return [each for file in files for each in _in_file(file, tests.parent)]


def _in_file(file: Path, root: Path) -> Iterator[Shown]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    name = file.relative_to(root).as_posix()
    marks = {id(node): node for node in ast.walk(tree) if isinstance(node, ast.Call) and _kind(node)}
    for test in ast.walk(tree):
        if not isinstance(test, ast.FunctionDef) or not (test.name.startswith("test_") and _collected(file)):
            continue
        for decorator in test.decorator_list:
            if mark := marks.pop(id(decorator), None):
                source, feature, *how = _words(mark, tree, file, root)
                if source not in SOURCES:
                    known = ", ".join(SOURCES)
                    raise SourceError(f"{name}:{mark.lineno}: there is no source “{source}”. There are: {known}.")
                yield Shown(source, feature, "".join(how), name, test.name)
    for mark in marks.values():
        raise SourceError(f"{name}:{mark.lineno}: this mark stands on no test, so that nothing comes of it.")


def _collected(file: Path) -> bool:
    return file.name.startswith("test_")


def _kind(call: ast.Call) -> str:
    """Which mark this is: "" if none of ours."""
    match call.func:
        case ast.Attribute(value=ast.Attribute(attr="mark"), attr=kind) if kind in _MARKS:
            return kind
    return ""


def _words(mark: ast.Call, tree: ast.Module, file: Path, root: Path) -> list[str]:
    words = [_word(each, tree, file, root) for each in mark.args]
    if mark.keywords or len(words) != _MARKS[_kind(mark)] or not all(word and word.strip() for word in words):
        raise SourceError(
            f"{file.relative_to(root).as_posix()}:{mark.lineno}: {_kind(mark)}() takes {_MARKS[_kind(mark)]} texts: "
            "source, feature and, of a difference, what the lab does instead. Names of texts must stand in the module, "
            "or be imported from another of the tests."
        )
    return [str(word) for word in words]


def _word(node: ast.expr, tree: ast.Module, file: Path, root: Path) -> str | None:
    """A text, or the text that a name stands for."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.Name):
        return None
    for line in tree.body:
        match line:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name == node.id:
                return _word(value, tree, file, root)
            case ast.ImportFrom(names=names) if any(each.name == node.id for each in names):
                above = file.parents[line.level - 1] if line.level else root
                other = above.joinpath(*(line.module or "").split(".")).with_suffix(".py")
                if other.is_file():
                    return _word(node, ast.parse(other.read_text(encoding="utf-8")), other, root)
    return None


# As a page ------------------------------------------------------------------------------------------------------------


def page(found: Sequence[Shown]) -> str:
    """The page: headings in Markdown, tables in HTML, because their rows have headings of their own."""
    tests = dict.fromkeys((each.file, each.test) for each in sorted(found, key=lambda each: each.file))
    anchors = {test: f"test-{number}" for number, test in enumerate(tests, 1)}
    parts = [*_overview(found)]
    for source in SOURCES:
        of_source = [each for each in found if each.source == source]
        if of_source:
            parts += ["", f"## {source} {{ #{_slug(source)} }}", "", *_table(source, of_source, anchors)]
    return "\n".join([*parts, *_tests(anchors)])


def _overview(found: Sequence[Shown]) -> Iterator[str]:
    yield '<table aria-label="Event sources, and how much of each is shown by tests">'
    yield "<thead><tr><th>source</th><th>way</th><th>as on AWS</th><th>otherwise</th></tr></thead>"
    yield "<tbody>"
    for source, way in SOURCES.items():
        rows = _rows([each for each in found if each.source == source])
        if rows:
            differ = sum(any(each.how for each in row) for row in rows.values())
            yield (
                f'<tr><th scope="row"><a href="#{_slug(source)}">{escape(source)}</a></th><td>{way}</td>'
                f"<td>{len(rows) - differ}</td><td>{differ}</td></tr>"
            )
    yield "</tbody></table>"


def _table(source: str, found: Sequence[Shown], anchors: Anchors) -> Iterator[str]:
    if about := _ABOUT.get(source):
        yield f"<p>{about}</p>"
    if others := _SEE.get(source):
        links = " and ".join(f'<a href="#{_slug(each)}">{each}</a>' for each in others)
        yield f"<p>See also {links}.</p>"
    yield f'<table aria-label="{escape(source)}">'
    yield "<thead><tr><th>feature</th><th>in the lab</th></tr></thead><tbody>"
    for feature, tests in _rows(found).items():
        yield f'<tr><th scope="row">{escape(feature)}</th><td>{_cell(tests, anchors)}</td></tr>'
    yield "</tbody></table>"


def _cell(tests: Sequence[Shown], anchors: Anchors) -> str:
    same = [each for each in tests if not each.how]
    links = [f'<a href="#{anchors[each.file, each.test]}" aria-label="as on AWS">✓</a>' for each in same]
    links += [
        f'<a href="#{anchors[each.file, each.test]}" aria-label="otherwise">≠</a> {escape(each.how)}'
        for each in tests
        if each.how
    ]
    return " ".join(links)


def _tests(anchors: Anchors) -> Iterator[str]:
    yield "\n## The tests { #the-tests data-search-exclude }\n"
    for file, of_file in groupby(anchors.items(), key=lambda each: each[0][0]):
        yield f"<p><code>{escape(file)}</code></p><ul>"
        for (_, test), anchor in of_file:
            yield f'<li id="{anchor}"><code>{escape(test)}</code></li>'
        yield "</ul>"


def _rows(found: Iterable[Shown]) -> dict[str, list[Shown]]:
    rows: dict[str, list[Shown]] = {}
    for each in sorted(found, key=lambda each: each.feature.lower()):
        rows.setdefault(each.feature, []).append(each)
    return rows


def _slug(source: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in source.lower()).strip("-").replace("--", "-")
