"""The handlers of "Lambda layers", with the modules that their layers would bring."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from tests.samples.chapter import Chapter

if TYPE_CHECKING:
    from collections.abc import Callable

CHAPTER = Chapter("concepts/layers")


@pytest.fixture
def layer(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Stands for a layer: a module that can be imported, with these names in it."""

    def attach(name: str, **names: Any) -> None:
        module = ModuleType(name)
        module.__dict__.update({"__file__": f"/opt/python/{name}.py", **names})
        monkeypatch.setitem(sys.modules, name, module)

    return attach


@pytest.mark.parametrize(("name", "begins"), [("invoice", "Please pay"), ("receipt", "You have paid")])
def test_both_functions_write_amounts_as_the_shared_module_does(
    layer: Callable[..., None], name: str, begins: str
) -> None:
    for version, amount in (("money", "1249.5 EUR"), ("money_mended", "1,249.50 EUR")):
        layer("money", text=CHAPTER.load(version).text)
        assert CHAPTER.load(name).handler({"cents": 124950}, None) == f"{begins} {amount}"


@pytest.mark.parametrize("name", ["invoice", "receipt", "where", "till", "parcel", "label", "shop", "stock", "total"])
def test_without_the_layer_the_import_fails(name: str) -> None:
    with pytest.raises(ModuleNotFoundError):
        CHAPTER.load(name)


def test_a_module_says_where_it_came_from(layer: Callable[..., None]) -> None:
    layer("money", text=str)
    answer = CHAPTER.load("where").handler({}, None)
    assert answer["found"] == "/opt/python/money.py"
    assert answer["search path"] == sys.path[:3]


def test_the_label_is_made_of_two_modules(layer: Callable[..., None]) -> None:
    layer("words", TOTAL="Total")
    layer("settings", CURRENCY="CHF")
    assert CHAPTER.load("label").handler({}, None) == "Total (CHF)"


def test_an_order_in_xml_becomes_a_dictionary() -> None:
    event = {"xml": "<order><item>tea</item><count>2</count></order>"}
    assert CHAPTER.load("order").handler(event, None) == {"item": "tea", "count": "2"}


def test_the_sum_is_the_librarys_work(layer: Callable[..., None]) -> None:
    layer("fastsum", total=sum)
    assert CHAPTER.load("total").handler({"numbers": [1, 2]}, None) == 3


def test_a_program_is_found_on_the_path_and_greets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/opt/bin/{name}")
    monkeypatch.setattr(subprocess, "check_output", lambda command, text: " ".join(command) + "\n")
    assert CHAPTER.load("program").handler({"name": "Ada"}, None) == {"where": "/opt/bin/greet", "says": "greet Ada"}


def test_the_parcel_and_the_till_say_which_file_they_used(layer: Callable[..., None]) -> None:
    layer("postage", price=CHAPTER.load("postage").price)
    assert CHAPTER.load("parcel").handler({"grams": 500}, None) == {"price": 3.8, "from": "/opt/python/postage.py"}
    layer("tax", RATE=CHAPTER.load("tax").RATE)
    assert CHAPTER.load("till").handler({"net": 100}, None) == {"gross": 119.0, "rate from": "/opt/python/tax.py"}


def test_the_shops_greet_alike(layer: Callable[..., None]) -> None:
    layer("greeting", TEXT="Good day!")
    layer("rates", EUR=0.92)
    assert CHAPTER.load("shop").handler({"usd": 10}, None) == "Good day! That is 9.20 EUR."
    assert CHAPTER.load("stock").handler({}, None) == "Good day! 12 are left."
