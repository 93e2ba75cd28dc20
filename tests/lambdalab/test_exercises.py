"""What an exercise says, and what it never does: raise at a learner."""

from __future__ import annotations

import pytest

from lambdalab.exercises import Card, Exercise, Exercises, NotYet, load


def exercise(examine: object, hints: tuple[str, ...] = ("think", "think more")) -> Exercise:
    return Exercise(examine, hints, "x = 1")  # type: ignore[arg-type]


def test_a_check_that_is_satisfied_says_why() -> None:
    card = exercise(lambda: "All three came back.").check()
    assert card.passed
    assert repr(card) == "Correct: All three came back."


def test_a_check_that_is_not_says_what_it_saw() -> None:
    def examine() -> str:
        raise NotYet("It still answers in English.")

    card = exercise(examine).check()
    assert not card.passed
    assert repr(card) == "Not yet: It still answers in English."


def test_a_check_that_cannot_look_says_so_and_does_not_raise() -> None:
    def examine() -> str:
        return str(1 / 0)

    assert "ZeroDivisionError: division by zero" in exercise(examine).check().text


def test_what_a_learner_made_is_shown_as_text_not_as_html() -> None:
    card = Card("Not yet", "it returned <script>alert(1)</script>")
    assert "<script>" not in card._repr_html_()
    assert "&lt;script&gt;" in card._repr_html_()


def test_hints_come_one_after_the_other_and_the_last_one_again() -> None:
    task = exercise(lambda: "")
    assert [task.hint().text for _ in range(3)] == ["(1 of 2) think", "(2 of 2) think more", "(2 of 2) think more"]


def test_a_name_that_is_no_exercise_is_answered_with_the_ones_there_are() -> None:
    tasks = Exercises("first-function", {"language": exercise(lambda: "")})
    with pytest.raises(AttributeError, match="it has language"):
        tasks.langauge  # noqa: B018


def test_a_chapter_without_exercises_is_a_lookup_error() -> None:
    with pytest.raises(LookupError, match="no exercises for 'nowhere'"):
        load("nowhere")
