"""A notebook in a chapter and on its own page, and what a strict build refuses."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import nbformat
import pytest
from bs4 import BeautifulSoup

if TYPE_CHECKING:
    from pathlib import Path

    from tests.site.project import Project


@pytest.fixture(scope="module")
def chapter(small_site: Path) -> BeautifulSoup:
    return page(small_site, "topic/chapter")


@pytest.fixture(scope="module")
def own_page(small_site: Path) -> BeautifulSoup:
    return page(small_site, "notebooks/topic/chapter")


def page(site: Path, path: str) -> BeautifulSoup:
    return BeautifulSoup((site / path / "index.html").read_text(encoding="utf-8"), "html.parser")


def test_the_chapter_holds_every_cell_of_its_notebook_in_order(chapter: BeautifulSoup) -> None:
    cells = chapter.select("lab-notebook > lab-cell")
    assert [cell["id"] for cell in cells] == [
        f"cell-{name}" for name in ("start", "handler", "invoke", "shell", "picture", "table", "mistake")
    ]
    assert [cell["data-index"] for cell in cells] == [str(number) for number in range(7)]


def test_each_cell_has_its_code_and_one_place_for_outputs(chapter: BeautifulSoup) -> None:
    for cell in chapter.select("lab-cell"):
        assert len(cell.select(".lab-code > pre > code.highlight")) == 1
        assert len(cell.select(':scope > .lab-outputs[role="region"][aria-label="Output"]')) == 1


def test_the_code_in_the_page_is_the_code_in_the_notebook(chapter: BeautifulSoup, small_site: Path) -> None:
    notebook = nbformat.read(small_site / "notebooks/topic/chapter/chapter.ipynb", as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert chapter.select_one(f"#cell-{cell.id} .lab-code code").get_text() == cell.source


def test_the_notebook_knows_its_name_and_where_the_runner_is(chapter: BeautifulSoup, own_page: BeautifulSoup) -> None:
    assert chapter.select_one("lab-notebook")["data-notebook"] == "topic/chapter.ipynb"
    assert chapter.select_one("lab-notebook")["data-runner"] == "../../assets/runner-0123456789/"
    assert own_page.select_one("lab-notebook")["data-runner"] == "../../../assets/runner-0123456789/"


def test_prose_in_a_notebook_is_written_like_prose_in_a_chapter(chapter: BeautifulSoup) -> None:
    notebook = chapter.select_one("lab-notebook")
    assert notebook.select_one(".admonition.warning .admonition-title").text == "The file is written where you stand"
    assert notebook.select_one("abbr").text == "ARN"
    assert [label.text for label in notebook.select(".tabbed-labels label")] == ["Python", "Shell"]


def test_the_notebooks_headings_join_the_chapters_contents(chapter: BeautifulSoup) -> None:
    contents = [link.get_text(strip=True) for link in chapter.select(".md-nav--secondary .md-nav__link")]
    assert {"The lab", "Write the handler", "What came back", "After"} <= set(contents)


def test_a_chapter_has_one_title_and_leaves_out_what_is_for_the_notebook_alone(chapter: BeautifulSoup) -> None:
    assert [heading.get_text() for heading in chapter.select("h1")] == ["A chapter#"]
    assert "only outside the chapter" not in chapter.text


def test_a_notebooks_own_page_has_its_title_and_leads_on(own_page: BeautifulSoup) -> None:
    assert own_page.select_one("h1").get_text() == "A fixture notebook#"
    assert "only outside the chapter" in own_page.text
    assert "make lab" in own_page.select_one(".notebook-box").text
    links = {link.text: link["href"] for link in own_page.select(".notebook-box a")}
    assert links == {"A chapter": "../../../topic/chapter/", "Download the notebook": "chapter.ipynb"}


def test_the_download_is_the_notebook_itself(small_site: Path, project: Project) -> None:
    downloaded = (small_site / "notebooks/topic/chapter/chapter.ipynb").read_bytes()
    assert downloaded == (project.root / "notebooks/topic/chapter.ipynb").read_bytes()


def test_links_in_a_notebook_lead_to_the_same_place_from_both_pages(
    chapter: BeautifulSoup, own_page: BeautifulSoup
) -> None:
    def targets(soup: BeautifulSoup) -> list[str]:
        return [link["href"] for link in soup.select("lab-notebook p > a")]

    assert targets(chapter) == [
        "./#after",
        "../../reference/glossary/#handler",
        "../../notebooks/second/#second-part",
        "#cell-invoke",
    ]
    assert targets(own_page) == [
        "../../../topic/chapter/#after",
        "../../../reference/glossary/#handler",
        "../../second/#second-part",
        "#cell-invoke",
    ]


def test_facts_stand_in_the_text_and_in_the_box_but_not_in_code_blocks(chapter: BeautifulSoup) -> None:
    assert "A timeout is at most 1,800\N{NO-BREAK SPACE}s, in code Timeout=1800;" in chapter.text
    assert "Say what a timeout of 3\N{NO-BREAK SPACE}s means" in chapter.select_one(".chapter-box").text
    assert "{{ fact.timeout_max }}\n[[notebook nowhere.ipynb]]" in chapter.select(".highlight code")[-1].text


def test_the_box_says_what_the_front_matter_says(chapter: BeautifulSoup) -> None:
    box = chapter.select_one(".chapter-box")
    told = dict(zip((dt.text for dt in box.select("dt")), (dd.text for dd in box.select("dd")), strict=True))
    assert told == {
        "Time": "20 minutes",
        "Runs": "in this page, in Jupyter, on an AWS account",
        "Cost on AWS": "Nothing: 1,000,000\N{NO-BREAK SPACE}requests a month are free.",
    }
    assert box.select_one("li code").text == "invoke"


def test_the_home_page_links_what_is_written_and_names_what_is_not(small_site: Path) -> None:
    home = page(small_site, ".")
    listed = home.select_one(".home-parts")
    assert [link["href"] for link in listed.select("a")] == ["topic/chapter/"]
    assert "A later chapter in the making" in listed.select_one(".home-unwritten").text
    assert home.select_one(".home-start a")["href"] == "topic/chapter/"


def test_the_search_index_holds_a_cells_code_once_and_no_prompts(small_site: Path) -> None:
    index = json.loads((small_site / "search/search_index.json").read_text(encoding="utf-8"))
    everything = " ".join(entry["text"] for entry in index["docs"])
    assert everything.count("a comment long enough to need scrolling") == 1
    assert not re.search(r"In \[\d|Out\[\d|Copied!|@@lab", everything)


def test_pages_name_only_files_of_their_own_site(small_site: Path) -> None:
    for path in small_site.rglob("*.html"):
        soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        loaded = [tag.get("src") for tag in soup.select("script, img, iframe")]
        loaded += [tag["href"] for tag in soup.select('link:not([rel="canonical"])')]
        assert not [url for url in loaded if url == "" or (url and "//" in url)], path


def test_every_page_loads_the_runner_so_that_instant_navigation_finds_it(small_site: Path) -> None:
    for path in ("topic/chapter", "reference/glossary", "."):
        script = page(small_site, path).select_one('script[type="module"]')
        assert script["src"].endswith("assets/runner-0123456789/runner.js")
    assert (small_site / "assets/runner-0123456789/runner.js").is_file()


CHAPTER = "docs/topic/chapter.md"
NOTEBOOK = "notebooks/topic/chapter.ipynb"


@pytest.mark.parametrize(
    ("file", "old", "new", "sentence"),
    [
        (CHAPTER, "minutes: 20\n", "", "docs/topic/chapter.md: the front matter lacks “minutes” (a whole number"),
        (CHAPTER, "[page, jupyter, account]", "[page, moon]", "“runs” in the front matter must be a list of page,"),
        (CHAPTER, "  - Call `invoke`", "  - 1\n  - Call `invoke`", "“objectives” in the front matter must be a list"),
        (CHAPTER, "at most {{ fact.timeout_max }}", "{{ fact.nothing }}", "facts.toml has no [nothing]"),
        (CHAPTER, "[[notebook topic/chapter.ipynb]]", "[[notebook a.ipynb]]", "notebooks/a.ipynb, which does not"),
        (CHAPTER, "(#cell-invoke)", "(#cell-nothing)", "there is no such anchor on this page"),
        (CHAPTER, "glossary.md#handler", "glossary.md#nothing", "does not contain an anchor '#nothing'"),
        (NOTEBOOK, "glossary.md#handler", "glossary.md#nothing", "does not contain an anchor '#nothing'"),
        (NOTEBOOK, "../second.ipynb", "../third.ipynb", "is not found among documentation files"),
        (NOTEBOOK, "../../docs/topic/chapter.md", "../../docs/topic/none.md", "is not found among documentation files"),
        (NOTEBOOK, "# A fixture notebook", "A fixture notebook", "has no title: its first Markdown cell must begin"),
        (NOTEBOOK, "### What came back", "```", "Is a code fence left open above it"),
        (NOTEBOOK, "### What came back", "{{ fact.timeout_max }}", "which Jupyter cannot fill in"),
        (NOTEBOOK, "facts: payload_sync_max", "facts: payload_async_max", "but does not say 1."),
        (NOTEBOOK, "facts: payload_sync_max", "facts: nothing", "names the fact “nothing”, but facts.toml has no"),
        (NOTEBOOK, '"id": "table"', '"id": "picture"', "is not a valid notebook"),
        (NOTEBOOK, '"nbformat": 4', '"nbformat": "x"', "is not a valid notebook"),
        ("mkdocs.yml", "path: topic/chapter.md", "path: topic/other.md", "docs/topic/chapter.md is not in the table"),
        ("facts.toml", "checked = 2026-11-23\n", "", "facts.toml: [runtime_python] lacks checked."),
    ],
)  # fmt: skip
def test_a_strict_build_refuses(
    project: Project, caplog: pytest.LogCaptureFixture, file: str, old: str, new: str, sentence: str
) -> None:
    path = project.root / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert sentence in project.refused(caplog)


def test_a_strict_build_refuses_the_same_cell_id_twice_in_a_page(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    path = project.root / CHAPTER
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("## After", "[[notebook topic/chapter.ipynb]]\n\n## After"), encoding="utf-8")
    assert "the cell id “start” occurs twice" in project.refused(caplog)


def test_a_build_without_the_runner_says_what_makes_it(project: Project, caplog: pytest.LogCaptureFixture) -> None:
    assert "`make site` builds it" in project.refused(caplog, runner=project.root / "runner-none")
