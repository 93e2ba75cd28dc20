"""The table of event sources says what tests are marked with: all of it, and nothing else."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from tests.site.project import ROOT
from tools.site import sources
from tools.site.sources import SourceError

if TYPE_CHECKING:
    from pathlib import Path

MODULE = """
import pytest
from .names import KINESIS

SQS = "Amazon SQS"

@pytest.mark.source(SQS, "batch size")
@pytest.mark.differs("Amazon SQS", "long polling", "it asks again & again")
def test_batches(): pass

class TestStreams:
    @pytest.mark.parametrize("n", [1])
    @pytest.mark.source(KINESIS, "batch size")
    def test_batches(self, n): pass
"""


@pytest.fixture
def tests(tmp_path: Path) -> Path:
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_it.py").write_text(MODULE, encoding="utf-8")
    (folder / "names.py").write_text('KINESIS = "Amazon Kinesis"\n', encoding="utf-8")
    return folder


def refused(tests: Path, text: str, name: str = "test_it.py") -> str:
    (tests / name).write_text(f"import pytest\n{text}\n", encoding="utf-8")
    with pytest.raises(SourceError) as refusal:
        sources.shown(tests)
    return str(refusal.value)


def test_marks_are_read_without_running_anything(tests: Path) -> None:
    assert [(each.source, each.feature, each.how, each.file, each.test) for each in sources.shown(tests)] == [
        ("Amazon SQS", "batch size", "", "tests/test_it.py", "test_batches"),
        ("Amazon SQS", "long polling", "it asks again & again", "tests/test_it.py", "test_batches"),
        ("Amazon Kinesis", "batch size", "", "tests/test_it.py", "test_batches"),
    ]


def test_a_source_that_is_none_is_refused(tests: Path) -> None:
    said = refused(tests, '@pytest.mark.source("SQS", "batch size")\ndef test_it(): pass')
    assert said.startswith("tests/test_it.py:2: there is no source “SQS”. There are: API Gateway (REST), ")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('@pytest.mark.source("Amazon SQS", "x")\ndef helper(): pass', "test_it.py"),
        ('@pytest.mark.source("Amazon SQS", "x")\ndef test_it(): pass', "conftest.py"),
        ('@pytest.mark.source("Amazon SQS", "x")\nclass TestIt: pass', "test_it.py"),
        ('pytestmark = pytest.mark.source("Amazon SQS", "x")', "test_it.py"),
        ('CASES = [pytest.param(1, marks=pytest.mark.differs("Amazon SQS", "x", "y"))]', "test_it.py"),
    ],
)
def test_a_mark_without_effect_is_refused(tests: Path, text: str, name: str) -> None:
    assert "this mark stands on no test" in refused(tests, text, name)


@pytest.mark.parametrize(
    "mark",
    [
        'source("Amazon SQS")',
        'source("Amazon SQS", "")',
        'source("Amazon SQS", feature="x")',
        'source("Amazon SQS", "x", "y")',
        'differs("Amazon SQS", "x")',
        'source("Amazon SQS", UNKNOWN)',
        'source("Amazon SQS", f"{1}")',
    ],
)
def test_a_mark_that_cannot_be_read_is_refused(tests: Path, mark: str) -> None:
    assert "texts: source, feature" in refused(tests, f"@pytest.mark.{mark}\ndef test_it(): pass")


def test_the_page_has_a_row_for_each_feature_and_each_mark_leads_to_its_test(tests: Path) -> None:
    page = sources.page(sources.shown(tests))
    link = '<a href="#test-1" aria-label="otherwise">≠</a>'
    assert f'<th scope="row">long polling</th><td>{link} it asks again &amp; again</td>' in page
    assert 'aria-label="as on AWS">✓</a>' in page
    assert page.count('<li id="test-1">') == 1
    assert '<a href="#amazon-sqs">Amazon SQS</a></th><td>polled</td><td>1</td><td>1</td>' in page
    assert "Amazon S3" not in page


# This repository's own tests ------------------------------------------------------------------------------------------


class Anchors(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: list[str] = re.findall(r"^## .*\{ #([\w-]+)", page, re.M)
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if name := found.get("id"):
            self.ids.append(name)
        if link := found.get("href"):
            self.links.append(link)


def test_every_source_is_there_and_every_link_leads_somewhere() -> None:
    page = sources.page(sources.shown(ROOT / "tests"))
    anchors = Anchors(page)
    assert [name for name in sources.SOURCES if f">{name}</a></th>" not in page] == []
    assert len(anchors.ids) == len(set(anchors.ids))
    assert {link.removeprefix("#") for link in anchors.links} <= set(anchors.ids)


def test_a_feature_is_named_in_one_way_and_is_not_both() -> None:
    found = sources.shown(ROOT / "tests")
    by_name: dict[tuple[str, str], set[str]] = {}
    for each in found:
        by_name.setdefault((each.source, re.sub(r"\W+", " ", each.feature.lower()).strip()), set()).add(each.feature)
    assert [names for names in by_name.values() if len(names) > 1] == []
    assert [each.feature for each in found if each.feature.endswith(".")] == []
