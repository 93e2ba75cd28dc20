"""The table of `make bench`, and a limit that is kept or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.bench import __main__ as bench
from tools.bench.figures import Figure, line

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest


def test_a_line_has_the_number_its_unit_and_its_limit() -> None:
    assert line(Figure("warm invoke, p50", 0.5412, "ms")).split() == ["warm", "invoke,", "p50", "0.54", "ms"]
    assert line(Figure("page", 12345, "KB", limit=30000)).endswith("12,345 KB   ✓ at most 30,000 KB")
    assert "✗ at most 4.00 s" in line(Figure("first output", 4.2, "s", limit=4))


def test_a_figure_past_its_limit_fails_the_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def some() -> Iterator[Figure]:
        yield Figure("good", 1, "s", limit=2)
        yield Figure("bad", 3, "s", limit=2)

    def other() -> Iterator[Figure]:
        yield Figure("other", 1, "s")

    monkeypatch.setattr(bench, "MEASURES", {"some": some, "other": other})
    assert bench.main(["other"]) == 0
    assert "good" not in capsys.readouterr().out
    assert bench.main([]) == 1
    assert [text.split()[0] for text in capsys.readouterr().out.splitlines()] == ["good", "bad", "other"]


def test_an_unknown_name_is_answered_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["nonsense"]) == 2
    assert "site" in capsys.readouterr().out
