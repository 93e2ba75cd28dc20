"""What the exercises' checks say of attempts that are almost right."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import boto3
import pytest

from tests.samples.chapter import Chapter

if TYPE_CHECKING:
    from lambdalab import Lab

CHAPTER = Chapter("concepts/layers")
SAMPLES, said = CHAPTER.folder, CHAPTER.said


class Account:
    """What the notebook's helpers do."""

    def __init__(self, lab: Lab) -> None:
        self._lambda = boto3.client("lambda")
        self._lab = lab

    def publish(self, name: str, files: dict[str, str]) -> str:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as target:
            for path, text in files.items():
                target.writestr(path, text)
        version = self._lambda.publish_layer_version(LayerName=name, Content={"ZipFile": archive.getvalue()})
        return str(version["LayerVersionArn"])

    def deploy(self, name: str, *layers: str, source: str | None = None, beside: tuple[str, ...] = ()) -> None:
        source = source or name
        self._lambda.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Code={"ZipFile": self._lab.package(*(SAMPLES / f"{file}.py" for file in (source, *beside)))},
            Handler=f"{source}.handler",
            Role=self._lab.role("layers"),
            Layers=list(layers),
        )


@pytest.fixture
def account(lab: Lab) -> Account:
    return Account(lab)


POSTAGE = (SAMPLES / "postage.py").read_text(encoding="utf-8")


def test_a_folder_for_one_version_of_python_will_not_do(account: Account) -> None:
    path = "python/lib/python3.13/site-packages/postage.py"
    account.deploy("parcel", account.publish("postage", {path: POSTAGE}))
    assert "The day parcel moves to python3.14, that folder is not searched" in said("parcel")


def test_a_copy_in_the_package_is_no_layer(account: Account) -> None:
    account.deploy("parcel", beside=("postage",))
    assert "postage is in /var/task/postage.py" in said("parcel")


def test_a_till_without_any_rate_is_asked_what_is_missing(account: Account) -> None:
    account.deploy("till")
    assert "No module named 'tax'. It has no layer" in said("till")


def test_a_till_with_the_old_layer_has_the_old_rate(account: Account) -> None:
    account.deploy("till", account.publish("tax", {"python/tax.py": "RATE = 0.19"}))
    assert "100 net are 119.0 gross. Which version has till?" in said("till")


@pytest.fixture
def shops(account: Account) -> dict[str, str]:
    """The layers of the third exercise; rates has two versions."""
    return {
        "greeting": account.publish("greeting", {"python/greeting.py": 'TEXT = "Good day!"'}),
        "old": account.publish("rates", {"python/rates.py": "EUR = 0.92"}),
        "new": account.publish("rates", {"python/rates.py": "EUR = 0.94"}),
    }


@pytest.mark.parametrize(
    ("oslo", "stock", "expected"),
    [
        (("old", "greeting"), ("greeting",), "oslo still has rates:1, greeting:1. Newest is rates:2."),
        (("greeting", "new"), ("greeting",), "oslo has greeting:1, rates:2; before, the order was rates, greeting"),
        (("new", "greeting"), ("greeting", "new"), "stock has greeting:1, rates:2; before, the order was greeting"),
        (("new", "greeting"), (), "stock has no layer now. Before it had greeting. Runtime.ImportModuleError"),
    ],
)
def test_a_rollout_is_for_all_who_had_the_layer_and_for_nothing_else(
    account: Account, shops: dict[str, str], oslo: tuple[str, ...], stock: tuple[str, ...], expected: str
) -> None:
    account.deploy("berlin", shops["greeting"], shops["new"], source="shop")
    account.deploy("oslo", *(shops[layer] for layer in oslo), source="shop")
    account.deploy("stock", *(shops[layer] for layer in stock))
    assert expected in said("rollout")


def test_functions_that_are_not_there_are_asked_for(account: Account) -> None:
    assert "There is no function called parcel. Run the cells from the top." in said("parcel")
