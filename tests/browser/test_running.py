"""What runs when a reader presses Run, and what they see."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.acts import cell, note, output, press, sees, status, type_over

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Watch


def test_nothing_is_loaded_before_the_first_run(chapter: Page, watch: Watch) -> None:
    expect(chapter.get_by_role("button", name="Run cell 1", exact=True)).to_be_visible()
    chapter.wait_for_load_state("networkidle")

    assert watch.runner_files() == []
    expect(output(chapter, "first")).to_have_text("first, as stored\n")

    press(chapter, "Run cell 1")
    sees(chapter, "first", "done")
    assert any(url.endswith("/pyodide.asm.wasm") for url in watch.runner_files())


def test_a_cell_runs_and_its_output_replaces_the_stored_one(chapter: Page) -> None:
    press(chapter, "Run cell 1")

    sees(chapter, "first", "done")
    expect(output(chapter, "first")).to_have_text("first ['one', 'two']\n")
    expect(note(chapter, "first")).to_have_text(re.compile(r"^Done in \d+\.\d s$"))


def test_the_cells_above_run_first_and_only_once(chapter: Page) -> None:
    press(chapter, "Run cell 3")

    sees(chapter, "call", "done")
    expect(output(chapter, "first")).to_have_text("first ['one', 'two']\n")
    expect(output(chapter, "handler")).to_have_text("Writing app.py\n")
    expect(output(chapter, "call")).to_have_text("2")

    # Had `handler` run again, it would say Overwriting.
    press(chapter, "Run cell 6")
    sees(chapter, "last", "done")
    expect(output(chapter, "handler")).to_have_text("Writing app.py\n")


def test_a_cell_that_needs_a_process_is_skipped_and_keeps_its_stored_output(chapter: Page) -> None:
    press(chapter, "Run cell 6")

    sees(chapter, "last", "done")
    expect(output(chapter, "process")).to_have_text("stored by a real process\n")
    expect(cell(chapter, "process").get_by_role("button")).to_have_count(0)
    expect(status(chapter)).to_contain_text("cell 4 needs a real process and was skipped")


def test_an_expected_exception_is_shown_briefly_and_stops_nothing(chapter: Page) -> None:
    press(chapter, "Run cell 6")

    sees(chapter, "last", "done")
    sees(chapter, "expected", "done")
    expect(output(chapter, "expected")).to_have_text(
        "Line 1 of this cell:\n    app.handler({}, None)\n"
        "Line 2 of app.py, in handler:\n    return event['n'] + 1\nKeyError: 'n'"
    )


def test_a_failing_cell_above_stops_the_run_there_and_is_named(other: Page) -> None:
    # Nothing above `broken` ends by itself, so the cells above are emptied first.
    for number in (2, 3):
        press(other, f"Edit cell {number}")
        type_over(other, number, "pass")
    press(other, "Run cell 5")

    sees(other, "broken", "error")
    expect(output(other, "broken")).to_have_text(
        "so far\nLine 2 of this cell:\n    nothing_here\nNameError: name 'nothing_here' is not defined"
    )
    sees(other, "after", "stored")
    expect(note(other, "after")).to_have_text("Not run: cell 4 failed.")
    expect(note(other, "after").get_by_role("link")).to_have_attribute("href", "#cell-broken")
    expect(status(other)).to_have_text("Stopped at cell 4: it failed.")


def test_an_edited_cell_above_runs_again_and_later_ones_are_marked_stale(chapter: Page) -> None:
    press(chapter, "Run cell 6")
    sees(chapter, "last", "done")

    press(chapter, "Edit cell 3")
    type_over(chapter, 3, "answer = 'edited'\nanswer")
    press(chapter, "Run cell 6")

    sees(chapter, "last", "done")
    expect(output(chapter, "last")).to_have_text("last edited\n")
    expect(output(chapter, "call")).to_have_text("'edited'")
    sees(chapter, "expected", "stale")
    expect(note(chapter, "expected")).to_have_text("From before cell 3 changed.")
    sees(chapter, "first", "done")


def test_run_all_runs_every_cell_and_goes_on_where_a_run_ended(chapter: Page) -> None:
    press(chapter, "Run cell 2")
    sees(chapter, "handler", "done")

    press(chapter, "Run all cells")
    sees(chapter, "last", "done")
    expect(output(chapter, "handler")).to_have_text("Writing app.py\n")


def test_run_all_starts_over_when_cells_have_run_out_of_order(chapter: Page) -> None:
    press(chapter, "Run cell 2")
    sees(chapter, "handler", "done")
    press(chapter, "Run cell 2")
    expect(output(chapter, "handler")).to_have_text("Overwriting app.py\n")

    press(chapter, "Run all cells")
    sees(chapter, "last", "done")
    expect(output(chapter, "handler")).to_have_text("Writing app.py\n")


def test_reset_of_a_cell_brings_back_its_code_and_stored_output(chapter: Page) -> None:
    press(chapter, "Edit cell 1")
    type_over(chapter, 1, "print('mine')")
    press(chapter, "Run cell 1")
    sees(chapter, "first", "done")
    expect(output(chapter, "first")).to_have_text("mine\n")

    press(chapter, "Reset cell 1")
    expect(output(chapter, "first")).to_have_text("first, as stored\n")
    expect(cell(chapter, "first").locator("code")).to_contain_text("print('first', words)")
    expect(cell(chapter, "first").locator(".lab-editor")).to_have_count(0)


def test_reset_of_the_notebook_brings_back_everything_and_a_new_python(chapter: Page) -> None:
    press(chapter, "Edit cell 1")
    type_over(chapter, 1, "words = 'changed'")
    press(chapter, "Run cell 2")
    sees(chapter, "handler", "done")

    chapter.on("dialog", lambda dialog: dialog.accept())
    press(chapter, "Reset the notebook: the course's own code, and a new Python")
    sees(chapter, "handler", "stored")
    expect(output(chapter, "first")).to_have_text("first, as stored\n")

    press(chapter, "Run cell 2")
    sees(chapter, "handler", "done")
    expect(output(chapter, "handler")).to_have_text("Writing app.py\n")  # the old Python had the file
    expect(output(chapter, "first")).to_have_text("first ['one', 'two']\n")


def test_reset_asks_before_it_throws_edits_away(chapter: Page) -> None:
    press(chapter, "Edit cell 1")
    type_over(chapter, 1, "print('mine')")
    asked: list[str] = []

    def refuse(dialog: object) -> None:
        asked.append(dialog.message)  # type: ignore[attr-defined]
        dialog.dismiss()  # type: ignore[attr-defined]

    chapter.on("dialog", refuse)
    press(chapter, "Reset the notebook: the course's own code, and a new Python")

    assert "Your edits in one cell are lost" in asked[0]
    expect(chapter.get_by_role("textbox")).to_contain_text("print('mine')")


def test_rich_output_is_shown_and_scripts_in_it_do_not_run(chapter: Page) -> None:
    press(chapter, "Edit cell 1")
    source = """from IPython.display import HTML, JSON, SVG, Markdown, display
display(HTML("<b onclick='hack()'>bold</b><script>document.title = 'hacked'</script>"
             "<img src='http://192.0.2.1/x.png' onerror='hack()'><a href='javascript:hack()'>link</a>"))
display(SVG("<svg viewBox='0 0 9 9' onload='hack()'><circle r='4'/></svg>"))
display(Markdown("some *emphasis*"), JSON({"a": [1, 2]}))
{"a": {"deep": list(range(3))}, "b": "text"}"""
    type_over(chapter, 1, source)
    press(chapter, "Run cell 1")
    sees(chapter, "first", "done")

    shown = output(chapter, "first")
    expect(shown.locator("b")).to_have_text("bold")
    expect(shown.locator("svg circle")).to_have_count(1)
    expect(shown.locator("em")).to_have_text("emphasis")
    expect(shown.locator(".lab-result").last).to_have_text("{'a': {'deep': [0, 1, 2]}, 'b': 'text'}")
    assert chapter.title() == "First"
    attributes = shown.evaluate("e => [...e.querySelectorAll('*')].flatMap(x => x.getAttributeNames())")
    assert not {"onclick", "onerror", "onload", "src", "href"} & set(attributes)


def test_a_cell_cannot_reach_another_host(chapter: Page) -> None:
    press(chapter, "Edit cell 1")
    type_over(chapter, 1, "import urllib.request\nurllib.request.urlopen('http://192.0.2.1/')")
    press(chapter, "Run cell 1")

    sees(chapter, "first", "error")
    expect(output(chapter, "first")).to_contain_text("Error")  # and the fixture looks at the requests


def test_output_streams_while_the_cell_runs(other: Page) -> None:
    press(other, "Run cell 2")

    expect(output(other, "endless")).to_have_text("before\n")
    sees(other, "endless", "running")
