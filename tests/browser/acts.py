"""What a reader does on a page, in the words of the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


def cell(page: Page, name: str) -> Locator:
    return page.locator(f"#cell-{name}")


def press(page: Page, button: str) -> None:
    """Press the button with this accessible name."""
    page.get_by_role("button", name=button, exact=True).click()


def sees(page: Page, name: str, state: str) -> None:
    """Wait until a cell stands like this."""
    page.locator(f'#cell-{name}[data-state="{state}"]').wait_for(state="attached")


def output(page: Page, name: str) -> Locator:
    return cell(page, name).locator(".lab-outputs")


def note(page: Page, name: str) -> Locator:
    return cell(page, name).locator(".lab-note")


def status(page: Page) -> Locator:
    return page.get_by_role("status")


def type_over(page: Page, number: int, text: str) -> None:
    """Replace the text in an open editor."""
    editor = page.get_by_role("textbox", name=f"Code of cell {number}.")
    editor.press("ControlOrMeta+a")
    page.keyboard.insert_text(text)
