"""Every notebook obeys the rules, and each rule refuses a notebook that breaks it."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tools.notebooks.__main__ import chosen
from tools.notebooks.rules import problems

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = chosen([], ROOT)

GOOD: dict[str, Any] = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    },
    "cells": [
        {"cell_type": "markdown", "id": "intro", "metadata": {}, "source": "Text."},
        {
            "cell_type": "code",
            "id": "write-handler",
            "metadata": {"sample": "samples/app.py"},
            "source": "%%writefile app.py\ndef handler(event, context):\n    return event",
            "execution_count": 1,
            "outputs": [{"output_type": "stream", "name": "stdout", "text": "Writing app.py\n"}],
        },
        {
            "cell_type": "code",
            "id": "sum",
            "metadata": {},
            "source": "1 + 1",
            "execution_count": 2,
            "outputs": [
                {"output_type": "execute_result", "execution_count": 2, "metadata": {}, "data": {"text/plain": "2"}}
            ],
        },
    ],
}  # fmt: skip


def test_there_is_a_notebook() -> None:
    assert NOTEBOOKS, "notebooks/ holds none: nothing of the course would be run by the tests"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_notebook_obeys_the_rules(path: Path) -> None:
    found = problems(path, ROOT)
    assert not found, "\n".join([f"{path.relative_to(ROOT)}:", *found, "make notebooks mends counts and metadata"])


@pytest.fixture
def broken(tmp_path: Path) -> Any:
    """Return what is said about GOOD with a change made to it."""
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "app.py").write_text("def handler(event, context):\n    return event\n")

    def said(change: Any) -> list[str]:
        notebook = copy.deepcopy(GOOD)
        change(notebook, *notebook["cells"])
        path = tmp_path / "n.ipynb"
        path.write_text(json.dumps(notebook))
        return problems(path, tmp_path)

    return said


def test_a_good_one_is_accepted(broken: Any) -> None:
    assert broken(lambda *_: None) == []


def put(cell: dict[str, Any], **fields: Any) -> None:
    cell.update(fields)


BAD = {
    "a cell that was never run": (lambda n, t, w, s: put(s, execution_count=None), "was never run"),
    "cells run out of order": (lambda n, t, w, s: put(s, execution_count=7), "not run in order"),
    "a result of another run": (lambda n, t, w, s: put(s["outputs"][0], execution_count=9), "result of another run"),
    "an empty cell": (lambda n, t, w, s: put(s, source=" \n"), "is empty"),
    "a cell without an id": (lambda n, t, w, s: s.pop("id"), "has no id"),
    "an id nobody can read": (lambda n, t, w, s: put(s, id="3f9c21ab"), "readable"),
    "an id twice": (lambda n, t, w, s: put(s, id="intro"), "two cells"),
    "an old format": (lambda n, *_: put(n, nbformat_minor=4), "not 4.5"),
    "another kernel": (lambda n, *_: put(n["metadata"]["kernelspec"], display_name="venv"), "kernelspec"),
    "an exact Python version": (lambda n, *_: put(n["metadata"]["language_info"], version="3.11.7"), "language_info"),
    "an editor's traces": (lambda n, t, w, s: put(s, metadata={"scrolled": True}), "scrolled"),
    "times of the cells": (lambda n, t, w, s: put(s, metadata={"execution": {}}), "execution"),
    "widgets": (lambda n, *_: put(n["metadata"], widgets={}), "widgets"),
    "a path in a result": (
        lambda n, t, w, s: put(s["outputs"][0], data={"text/plain": "'/" + "root/x/y.py'"}),
        "path of the machine",
    ),
    "a path in what was printed": (
        lambda n, t, w, s: put(w["outputs"][0], text=["Writing /tmp/notebook-a1/work/app.py\n"]),
        "path of the machine",
    ),
    "a path in a traceback": (
        lambda n, t, w, s: put(
            s,
            metadata={"tags": ["raises-exception"]},
            outputs=[{"output_type": "error", "ename": "E", "evalue": "", "traceback": ["File /x/site-packages/y.py"]}],
        ),
        "path of the machine",
    ),
    "varies without a reason": (lambda n, t, w, s: put(s, metadata={"tags": ["varies"]}), "needs both"),
    "varies with an empty reason": (
        lambda n, t, w, s: put(s, metadata={"tags": ["varies"], "varies": " "}),
        "needs both",
    ),
    "a reason without the tag": (lambda n, t, w, s: put(s, metadata={"varies": "random"}), "needs both"),
    "nbval's own tag": (lambda n, t, w, s: put(s, metadata={"tags": ["nbval-skip"]}), "switches the comparison off"),
    "nbval's own comment": (
        lambda n, t, w, s: put(s, source="# NBVAL_IGNORE_OUTPUT\n1 + 1"),
        "switches the comparison",
    ),
    "an exception that nobody expects": (
        lambda n, t, w, s: put(s, outputs=[{"output_type": "error", "ename": "E", "evalue": "", "traceback": []}]),
        "failed",
    ),
    "an expected exception that did not come": (
        lambda n, t, w, s: put(s, metadata={"tags": ["raises-exception"]}),
        "raised nothing",
    ),
    "a shell line": (lambda n, t, w, s: put(s, source="!aws lambda list-functions"), "needs-process"),
    "a shell line that is assigned": (lambda n, t, w, s: put(s, source="x = !ls"), "needs-process"),
    "a magic": (lambda n, t, w, s: put(s, source="%time 1 + 1"), "needs-process"),
    "a file without a sample": (lambda n, t, w, s: put(w, metadata={}), "names no sample"),
    "a sample that is not there": (lambda n, t, w, s: put(w, metadata={"sample": "samples/gone.py"}), "not there"),
    "a file that differs from its sample": (lambda n, t, w, s: put(w, source=w["source"] + "  # !"), "differs from"),
}


@pytest.mark.parametrize(("change", "said"), BAD.values(), ids=BAD)
def test_refused(broken: Any, change: Any, said: str) -> None:
    found = broken(change)
    assert any(said in problem for problem in found), found


GOOD_TOO = {
    "a shell line that says it needs a process": lambda n, t, w, s: put(
        s, source="!aws --version", metadata={"tags": ["needs-process"]}
    ),
    "a percent sign that is Python": lambda n, t, w, s: put(s, source="a = 5\nb = (a\n     % 2)"),
    "varies, with its reason": lambda n, t, w, s: put(s, metadata={"tags": ["varies"], "varies": "a random id"}),
    "a function's own /tmp": lambda n, t, w, s: put(w["outputs"][0], text="/tmp/cache.json\n"),
}


@pytest.mark.parametrize("change", GOOD_TOO.values(), ids=GOOD_TOO)
def test_accepted(broken: Any, change: Any) -> None:
    assert broken(change) == []
