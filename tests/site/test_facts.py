"""The dated facts: what the file must hold, how they print, and what contradicts them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from tools.site import facts
from tools.site.facts import Fact

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = "https://docs.aws.amazon.com/lambda/"
DAY = dt.date(2026, 11, 23)


def fact(value: int | str | dt.date, **rest: str) -> Fact:
    return Fact(name="it", says="It", value=value, source=SOURCE, checked=DAY, **rest)


@pytest.mark.parametrize(
    ("given", "printed"),
    [
        (fact(900, unit="s"), "900\N{NO-BREAK SPACE}s"),
        (fact(10240, unit="MB"), "10,240\N{NO-BREAK SPACE}MB"),
        (fact("0.0000166667", unit="USD"), "$0.0000166667"),
        (fact(dt.date(2025, 8, 1)), "1\N{NO-BREAK SPACE}August\N{NO-BREAK SPACE}2025"),
        (fact("python3.13"), "python3.13"),
    ],
)
def test_a_fact_prints_with_its_unit(given: Fact, printed: str) -> None:
    assert str(given) == printed


def test_a_page_can_ask_for_the_bare_value_and_for_the_source() -> None:
    text, unknown = facts.fill("{{ fact.it.value }}|{{fact.it.source}}|{{ fact.no }}", {"it": fact(10240, unit="MB")})
    assert text.startswith(
        "10240|[docs.aws.amazon.com, checked 23\N{NO-BREAK SPACE}November\N{NO-BREAK SPACE}2026](https://"
    )
    assert unknown == ["no"]


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("It has 10240 MB.", True),
        ("It has 10,240 MB.", True),
        ("It has 110240 MB.", False),
        ("It has 10240.5 MB.", False),
        ("It has much.", False),
    ],
)
def test_a_notebook_must_say_the_facts_that_it_names(text: str, holds: bool) -> None:
    prose, wrong = facts.mentioned(f"{text}\n<!-- facts: it -->", {"it": fact(10240, unit="MB")})
    assert prose.strip() == text
    assert (wrong == []) is holds


GOOD = '[a]\nsays = "A"\nvalue = 1\nsource = "https://x.example/"\nchecked = 2026-11-23\n'


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("says = ", "said = ", r"\[a\] lacks says and has unknown keys said"),
        ("https:", "http:", "needs an https:// address"),
        ("2026-11-23", '"yesterday"', "needs a date"),
    ],
)
def test_a_malformed_fact_is_refused(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    file = tmp_path / "facts.toml"
    file.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(facts.FactError, match=sentence):
        facts.load(file)


def test_the_courses_facts_agree_with_what_aws_publishes() -> None:
    assert facts.contradictions(facts.load().values()) == []


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (
            fact(60, check="botocore: lambda CreateFunction Timeout min"),
            "it: we say 60, botocore's Timeout has min 1.",
        ),
        (
            fact(60, check="botocore: lambda CreateFunction DurableConfig.ExecutionTimeout min"),
            "it: we say 60, botocore's DurableConfig.ExecutionTimeout has min 1.",
        ),
        (
            fact(7, check="botocore-says: lambda PutFunctionConcurrency | at least {value} simultaneous"),
            "it: botocore's documentation no longer says “at least 7 simultaneous”.",
        ),
        (
            fact("cobol1", check="botocore: lambda CreateFunction Runtime has"),
            "it: botocore's Runtime does not list cobol1.",
        ),
        (
            fact(5, check="botocore-says: lambda CreateFunction Timeout | The default is {value} seconds"),
            "it: botocore's documentation no longer says “The default is 5 seconds”.",
        ),
        (
            fact(dt.date(2030, 1, 1), check="cfn-lint: python3.13 deprecated"),
            "it: we say 2030-01-01, cfn-lint's table says 2029-06-30.",
        ),
        (fact(1, check="cfn-lint: python9.9 deprecated"), "it: we say 1, cfn-lint's table says None."),
    ],
)  # fmt: skip
def test_a_fact_that_aws_contradicts_is_found(wrong: Fact, sentence: str) -> None:
    assert facts.contradictions([wrong]) == [sentence]


def test_an_old_fact_is_named_but_fails_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert facts.stale([fact(1)], DAY + dt.timedelta(days=180)) == []
    assert facts.stale([fact(1)], DAY + dt.timedelta(days=181))[0].startswith(
        "it: last checked 2026-11-23, 181 days ago"
    )
    file = tmp_path / "facts.toml"
    file.write_text(GOOD.replace("2026-11-23", "2001-01-01"), encoding="utf-8")
    assert facts.main(["--check", "--file", str(file)]) == 0
    assert "##### OLD FACT #####  a: last checked 2001-01-01" in capsys.readouterr().err


def test_the_command_fails_when_a_fact_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "facts.toml"
    file.write_text(GOOD + 'check = "cfn-lint: python3.13 deprecated"\n', encoding="utf-8")
    assert facts.main(["--check", "--file", str(file)]) == 1
    assert "WRONG  a: we say 1" in capsys.readouterr().err


def test_the_facts_page_lists_every_fact_with_its_source(small_site: Path) -> None:
    page = (small_site / "reference/facts/index.html").read_text(encoding="utf-8")
    for entry in facts.load().values():
        assert f'id="{entry.name}"' in page
        assert f'href="{entry.source}"' in page
