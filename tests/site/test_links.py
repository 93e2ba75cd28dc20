"""The link check finds what is wrong, and only that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools.site import links

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "sub").mkdir()
    (tmp_path / "index.html").write_text('<h1 id="top">Home</h1>', encoding="utf-8")
    (tmp_path / "sub/index.html").write_text('<h2 id="größe">Size</h2><a name="old"></a>', encoding="utf-8")
    (tmp_path / "picture.svg").write_text("<svg/>", encoding="utf-8")
    return tmp_path


def faults(site: Path, markup: str) -> list[str]:
    (site / "page.html").write_text(markup, encoding="utf-8")
    return links.check(site)


@pytest.mark.parametrize(
    "url",
    [
        "sub/", "sub/#gr%C3%B6%C3%9Fe", "sub/#größe", "sub/#old", "/", "/sub/", ".", "#here", "picture.svg?v=1",
        "sub/index.html", "https://docs.aws.amazon.com/lambda/#x", "mailto:a@b.example", "http://127.0.0.1:8000",
        "sub/#:~:text=Size",
    ],
)  # fmt: skip
def test_a_good_link_is_no_fault(site: Path, url: str) -> None:
    assert faults(site, f'<p id="here"><a href="{url}">x</a>') == []


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("none/", "leads to nothing"),
        ("sub", ""),
        ("sub/none.html", "leads to nothing"),
        ("sub/#none", "names the anchor “none”"),
        ("sub/#Old", "names the anchor “Old”"),
        ("#none", "names the anchor “none”"),
        ("picture.svg#x", "names the anchor “x”"),
        ("../../etc/passwd", "leads out of the site"),
        ("chapter.md", "leads to nothing"),
        ("", "is empty"),
        ("http://example.com/", "leaves the site without https"),
        ("//example.com/x.js", "leaves the site without https"),
        ("https:///nothing", "names no proper host"),
        ("https://exa mple.com/", "names no proper host"),
        ("https://[::1/", "is not an address"),
        ("javascript:alert(1)", "has the scheme javascript"),
    ],
)
def test_a_bad_link_is_found(site: Path, url: str, fault: str) -> None:
    found = faults(site, f'<a href="{url}">x</a>')
    if fault:
        assert len(found) == 1
        assert fault in found[0]
    else:
        assert found == []


@pytest.mark.parametrize(
    "markup",
    [
        '<lab-cell><div class="lab-html"><a href="none">x</a></div></lab-cell>',
        '<div class="lab-svg"><svg><a xlink:href="none"><image href="picture.svg"/></a></svg></div>',
        '<script src="none.js"></script>',
        '<link rel="stylesheet" href="none.css">',
        '<img srcset="picture.svg 1x, none.png 2x" alt="">',
        '<lab-notebook data-runner="assets/runner-0/"></lab-notebook>',
    ],
)
def test_links_are_found_wherever_they_stand(site: Path, markup: str) -> None:
    assert len(faults(site, markup)) == 1


def test_an_id_that_occurs_twice_is_a_fault(site: Path) -> None:
    assert faults(site, '<p id="a"><p id="a">') == ["page.html: the id “a” occurs twice."]


def test_the_command_says_where_the_faults_are(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert links.main([str(site)]) == 0
    faults(site, '<p>\n<a href="none">x</a>')
    assert links.main([str(site)]) == 1
    told = capsys.readouterr()
    assert "page.html:2: 'none' leads to nothing." in told.err
    assert "3 pages, 1 faulty links." in told.out


def test_the_command_says_when_nothing_is_built(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert links.main([str(tmp_path)]) == 1
    assert "`make site` builds it" in capsys.readouterr().err


def test_the_small_course_has_no_faulty_links(small_site: Path) -> None:
    assert links.check(small_site) == []


def test_the_course_has_no_faulty_links(real_site: Path) -> None:
    assert links.check(real_site) == []
