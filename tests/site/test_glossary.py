"""Every acronym that the site prints is explained: on hover, and in the glossary."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import markdown
from bs4 import BeautifulSoup

from tests.site.project import ROOT
from tools.site.extension import LabExtension

if TYPE_CHECKING:
    from pathlib import Path

# Capitals that are no acronyms for a reader: units, which the glossary explains in a sentence, words of Lambda's log
# and API, a licence, a currency, and names that are known by their letters.
PLAIN = {
    "KB",
    "MB",
    "GB",
    "INIT",
    "START",
    "END",
    "REPORT",
    "MIT",
    "OK",
    "EUR",
    "AMD",
    "NET",
    "ES",
    "LATEST",
    "REFERENCE",
    # API Gateway's words, and HTTP's
    "ANY",
    "MOCK",
    "NONE",
    "OPTIONS",
    "REQUEST",
    "TOKEN",
    # a country
    "US",
}


def abbreviations() -> dict[str, str]:
    text = (ROOT / "includes/abbreviations.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^\*\[(.+?)\]: (.+)$", text, flags=re.M))


def test_the_list_is_in_order_and_has_nothing_twice() -> None:
    names = re.findall(r"^\*\[(.+?)\]:", (ROOT / "includes/abbreviations.md").read_text(encoding="utf-8"), flags=re.M)
    assert names == sorted(set(names))


def test_every_acronym_on_the_site_is_in_the_list(real_site: Path) -> None:
    unknown = {}
    for path in real_site.rglob("*.html"):
        article = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").select_one("article")
        assert article is not None, path
        for code in article.select("code, pre, svg, .lab-outputs, .home-shot"):
            code.decompose()
        for word in re.findall(r"\b[A-Z]{2,}\b", article.get_text(" ")):
            if word not in abbreviations() and word not in PLAIN:
                unknown.setdefault(word, path.relative_to(real_site).as_posix())
    assert unknown == {}


def test_the_glossary_lists_every_acronym(real_site: Path) -> None:
    page = BeautifulSoup((real_site / "reference/glossary/index.html").read_text(encoding="utf-8"), "html.parser")
    terms = {term.get_text().removesuffix("#") for term in page.select("dt")}
    assert set(abbreviations()) <= terms


def test_an_acronym_is_explained_once_in_each_section_and_no_word_is_lost() -> None:
    text = "*[ARN]: A name\n\nAn ARN, an ARN and *an ARN, ARN* end.\n\n- ARN\n\n## Next\n\nARN ARN"
    assert markdown.markdown(text, extensions=["abbr", LabExtension()]).splitlines() == [
        '<p>An <abbr title="A name">ARN</abbr>, an ARN and <em>an ARN, ARN</em> end.</p>',
        "<ul>",
        "<li>ARN</li>",
        "</ul>",
        "<h2>Next</h2>",
        '<p><abbr title="A name">ARN</abbr> ARN</p>',
    ]


def test_an_acronym_shows_on_hover_in_a_chapter_and_in_a_notebook(small_site: Path) -> None:
    for path in ("topic/chapter", "notebooks/topic/chapter"):
        page = BeautifulSoup((small_site / path / "index.html").read_text(encoding="utf-8"), "html.parser")
        assert page.select_one("lab-notebook abbr")["title"].startswith("Amazon Resource Name")
