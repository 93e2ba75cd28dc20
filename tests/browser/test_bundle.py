"""What a reader who comes back downloads: what has changed, and no more."""

from __future__ import annotations

import shutil
import threading
from typing import TYPE_CHECKING

import pytest

from tests.browser.acts import press, sees
from tests.browser.conftest import CELLS
from tests.browser.pages import notebook, page, write_site
from tools.browser import bundle
from tools.serve import Handler, Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http import HTTPStatus
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.browser.conftest import Watch


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Bytes that the server sent for each path: a browser also reports what it takes from its cache."""
    bytes_: dict[str, int] = {}
    write = Handler._write

    def counted(self: Handler, status: HTTPStatus, headers: dict[str, str], content: bytes | None) -> None:
        bytes_[self.path] = bytes_.get(self.path, 0) + len(content or b"")
        write(self, status, headers, content)

    monkeypatch.setattr(Handler, "_write", counted)
    return bytes_


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Site]:
    with Site(0, tmp_path) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server
        server.shutdown()


def rebuild_with_another_lab(monkeypatch: pytest.MonkeyPatch, place: Path) -> bundle.Bundle:
    """A build beside the present one, after a file was added to the lab."""
    make_lab = bundle._make_lab

    def make_another(folder: Path) -> None:
        make_lab(folder)
        (folder / "lambdalab" / "news.txt").write_text("a change", encoding="utf-8")

    shutil.copytree(bundle.BUILD, place)
    monkeypatch.setattr(bundle, "BUILD", place)
    monkeypatch.setattr(bundle, "PARTS", place / "parts")
    monkeypatch.setattr(bundle, "_make_lab", make_another)
    monkeypatch.setattr(bundle, "_lab_inputs", lambda: "another lab")
    return bundle.build()


_MOST_OF_THE_LAB = 2_000_000
"""Bytes: the lab itself, which grew with its event sources, and the runner."""


def test_after_a_change_of_the_lab_python_and_its_packages_are_not_downloaded_again(
    newcomer: tuple[Page, Watch],
    server: Site,
    sent: dict[str, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tab, _ = newcomer
    address = f"http://127.0.0.1:{server.server_address[1]}/chapters/page.html"

    def visit(site: Path) -> dict[str, int]:
        """Open the page, run its first cell, and tell what the server sent of the two folders, by their names."""
        write_site(site, {"page": page("A page", notebook("first.ipynb", CELLS))})
        server.directory = site
        sent.clear()
        tab.goto(address)
        press(tab, "Run cell 1")
        sees(tab, "first", "done")
        folders = [folder.name for folder in bundle.built().folders]
        return {name: sum(size for path, size in sent.items() if f"/{name}/" in path) for name in folders}

    before = bundle.build()
    first = visit(tmp_path / "before")
    assert first[before.python.name] > 10_000_000
    assert 0 < first[before.runner.name] < _MOST_OF_THE_LAB

    after = rebuild_with_another_lab(monkeypatch, tmp_path / "build")
    assert after.python.name == before.python.name
    assert after.runner.name != before.runner.name
    second = visit(tmp_path / "after")
    assert second[after.python.name] == 0
    assert 0 < second[after.runner.name] < _MOST_OF_THE_LAB
    assert not any(before.runner.name in path for path in sent)


def test_a_build_without_changes_makes_nothing_again() -> None:
    made = bundle.build()
    files = {file: file.stat().st_mtime_ns for folder in made.folders for file in folder.iterdir()}
    assert bundle.build() == made == bundle.built()
    assert {file: file.stat().st_mtime_ns for file in files} == files
