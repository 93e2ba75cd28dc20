"""The course's table of contents: one list (`extra.course` in mkdocs.yml), used for the navigation and the home page.

The list follows the guide's order and names chapters before they are written; one whose file does not exist yet is
shown as text on the home page and left out of the navigation.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection

NOT_CHAPTERS = ("index.md", "contributing.md", "reference/*")


@dataclass(frozen=True)
class Chapter:
    """A line of the table of contents."""

    title: str
    path: str
    about: str
    written: bool


@dataclass(frozen=True)
class Part:
    """A group of chapters."""

    title: str
    chapters: tuple[Chapter, ...]


def parts(course: list[dict[str, Any]], pages: Collection[str]) -> list[Part]:
    """The course as listed, knowing which pages exist."""
    return [
        Part(
            part["part"],
            tuple(
                Chapter(entry["title"], entry["path"], entry.get("about", ""), entry["path"] in pages)
                for entry in part["chapters"]
            ),
        )
        for part in course
    ]


def navigation(course: list[Part], reference: list[dict[str, str]]) -> list[dict[str, Any]]:
    """MkDocs's `nav`: what is written, in the guide's order, then the reference pages."""
    nav: list[dict[str, Any]] = [{"Home": "index.md"}]
    for part in course:
        written: list[dict[str, str]] = [{chapter.title: chapter.path} for chapter in part.chapters if chapter.written]
        if written:
            nav.append({part.title: written})
    return [*nav, {"Reference": reference}]


def is_chapter(path: str) -> bool:
    """Whether a page of docs/ is a chapter, which must say what it is for (see frontmatter.py)."""
    return path.endswith(".md") and not any(fnmatch(path, pattern) for pattern in NOT_CHAPTERS)


def unlisted(course: list[Part], pages: Collection[str]) -> list[str]:
    """Chapters that exist but that the table of contents does not name."""
    listed = {chapter.path for part in course for chapter in part.chapters}
    return sorted(path for path in pages if is_chapter(path) and path not in listed)
