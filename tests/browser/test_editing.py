"""Editing a cell: with a mouse, with the keyboard alone, over a reload, after a rebuild of the course."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.acts import cell, note, output, press, sees, type_over
from tests.browser.conftest import CELLS
from tests.browser.pages import Cell, notebook, page, write_site
from tests.browser.server import serving

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.browser.conftest import Watch

EDITOR = "Code of cell 1. Shift Enter runs it. Escape, then Tab, leaves the editor."


def test_edit_loads_only_the_editor(chapter: Page, watch: Watch) -> None:
    press(chapter, "Edit cell 1")

    expect(chapter.get_by_role("textbox", name=EDITOR)).to_be_focused()
    expect(chapter.get_by_role("textbox")).to_contain_text("words = ['one', 'two']")
    assert [url.rpartition("/")[2] for url in watch.runner_files()] == ["editor.js"]


def test_the_editor_looks_like_the_code_it_replaces(chapter: Page) -> None:
    look = "e => ['fontFamily', 'fontSize', 'lineHeight'].map(name => getComputedStyle(e)[name])"
    code = cell(chapter, "first").locator("code").evaluate(look)
    press(chapter, "Edit cell 1")

    assert cell(chapter, "first").locator(".cm-line").first.evaluate(look) == code


def test_edits_survive_a_reload_without_loading_anything(chapter: Page, watch: Watch) -> None:
    press(chapter, "Edit cell 1")
    type_over(chapter, 1, "print('kept')")
    watch.requests.clear()
    chapter.reload()

    expect(cell(chapter, "first").locator("code")).to_have_text("print('kept')")
    expect(note(chapter, "first")).to_have_text("Your edit.")
    assert watch.runner_files() == []
    press(chapter, "Run cell 1")
    sees(chapter, "first", "done")
    expect(output(chapter, "first")).to_have_text("kept\n")


def test_an_edit_of_a_cell_that_the_course_has_changed_is_offered_not_lost(
    tab: Page, tmp_path: Path, site: Path
) -> None:
    write_site(tmp_path / "site", {"page": page("Before", notebook("a.ipynb", [Cell("one", "print('old')")]))})
    with serving(tmp_path / "site") as address:
        tab.goto(f"{address}/chapters/page.html")
        press(tab, "Edit cell 1")
        type_over(tab, 1, "print('my edit')")
        changed = page("After", notebook("a.ipynb", [Cell("one", "print('new')")]))
        (tmp_path / "site/chapters/page.html").write_text(changed)
        tab.reload()

        expect(cell(tab, "one").locator("code")).to_have_text("print('new')")
        press(tab, "Show your edit")
        expect(cell(tab, "one").locator("code")).to_have_text("print('my edit')")


def test_the_whole_way_with_the_keyboard_alone(chapter: Page) -> None:
    edit = chapter.get_by_role("button", name="Edit cell 1", exact=True)
    for _ in range(20):
        chapter.keyboard.press("Tab")
        if edit.evaluate("e => e === document.activeElement"):
            break
    expect(edit).to_be_focused()
    chapter.keyboard.press("Enter")
    editor = chapter.get_by_role("textbox", name=EDITOR)
    expect(editor).to_be_focused()

    chapter.keyboard.press("ControlOrMeta+a")
    chapter.keyboard.type("for n in (1, 2):\nprint(n)")  # the second line is indented by the editor
    chapter.keyboard.press("Shift+Enter")
    sees(chapter, "first", "done")
    expect(output(chapter, "first")).to_have_text("1\n2\n")
    expect(editor).to_be_focused()

    chapter.keyboard.press("Tab")  # indents
    expect(editor).to_be_focused()
    chapter.keyboard.press("Escape")
    chapter.keyboard.press("Tab")  # leaves
    expect(chapter.get_by_role("button", name="Run cell 1", exact=True)).to_be_focused()


def test_a_tab_from_before_a_rebuild_says_so_and_keeps_edits(
    newcomer: tuple[Page, Watch], tmp_path: Path, site: Path
) -> None:
    tab, watch = newcomer
    watch.complaints_are_expected = True  # the browser logs the 404
    write_site(tmp_path / "site", {"page": page("Old", notebook("first.ipynb", CELLS))})
    runner = next((tmp_path / "site/assets").glob("runner-*"))
    with serving(tmp_path / "site") as address:
        tab.goto(f"{address}/chapters/page.html")
        press(tab, "Edit cell 1")
        type_over(tab, 1, "print('kept')")
        away = runner.rename(tmp_path / "away")
        press(tab, "Run cell 1")

        expect(note(tab, "first")).to_contain_text("The course was rebuilt while this page was open")
        expect(output(tab, "first")).to_have_text("first, as stored\n")
        away.rename(runner)
        press(tab, "Reload the page")
        expect(cell(tab, "first").locator("code")).to_have_text("print('kept')")
        press(tab, "Run cell 1")
        sees(tab, "first", "done")
        expect(output(tab, "first")).to_have_text("kept\n")


def test_without_a_server_the_message_says_so_and_run_works_again_later(
    newcomer: tuple[Page, Watch], address: str
) -> None:
    tab, watch = newcomer
    watch.complaints_are_expected = True
    tab.goto(f"{address}/chapters/other.html")
    tab.context.set_offline(True)
    press(tab, "Run cell 1")
    expect(note(tab, "alone")).to_contain_text("the server does not answer")

    tab.context.set_offline(False)
    press(tab, "Run cell 1")
    sees(tab, "alone", "done")
