"""A lab for the tests of a chapter's exercises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import lambdalab

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdalab import Lab


@pytest.fixture(scope="module")
def running_lab() -> Iterator[Lab]:
    """The module's lab, not the plugin's: that one goes on until the run ends, and would be in others' way."""
    lab = lambdalab.start()
    yield lab
    lab.stop()


@pytest.fixture
def lab(running_lab: Lab) -> Lab:
    """An empty account."""
    running_lab.reset()
    return running_lab
