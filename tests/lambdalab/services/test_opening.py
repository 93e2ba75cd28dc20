"""A moto that does not fit: `start()` says everything in one sentence, and nothing is changed."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

import lambdalab
from lambdalab import moto_patches
from lambdalab.lab import Lab
from lambdalab.moto_patches import MotoMismatch

LOCKED = Path(__file__).parents[3] / "requirements/lab.txt"
ANOTHER = "5.2.99"


@pytest.fixture
def another_moto(monkeypatch: pytest.MonkeyPatch) -> None:
    """moto says that it is not the version that was tested."""
    monkeypatch.setattr(moto_patches, "installed", lambda: ANOTHER)


def mismatch() -> MotoMismatch:
    environ = dict(os.environ)
    with pytest.raises(MotoMismatch) as caught:
        lambdalab.start()
    assert lambdalab.lab.running() is None
    assert dict(os.environ) == environ
    assert moto_patches.made() == ()
    return caught.value


def test_the_tested_version_is_the_one_in_the_requirements() -> None:
    found = re.search(r"^moto==(\S+)", LOCKED.read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None
    assert found[1] == moto_patches.TESTED_WITH


@pytest.mark.usefixtures("another_moto")
def test_another_version_that_fits_is_taken() -> None:
    with Lab() as lab:
        assert lab.endpoint_url


@pytest.mark.usefixtures("another_moto")
def test_everything_that_does_not_fit_is_in_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    from moto.awslambda.models import LambdaFunction
    from moto.iam.models import IAMBackend, Role
    from moto.kms.models import KmsBackend

    def invoke(self: Any, payload: Any) -> None: ...

    class Renamed(Role):
        def __init__(self, *args: Any, **members: Any) -> None:
            super().__init__(*args, **members)
            self.boundary = vars(self).pop("permissions_boundary_arn")

    monkeypatch.setattr(LambdaFunction, "invoke", invoke)
    monkeypatch.delattr(IAMBackend, "get_groups_for_user")
    monkeypatch.delattr(KmsBackend, "get_key_id_from_alias")
    monkeypatch.setattr("lambdalab.services.iam.backend.Role", Renamed)
    monkeypatch.delattr("moto.core.request.PRESERVED_HEADER_NAMES_ENVIRON_KEY")
    found = mismatch()
    assert [each.rpartition("Renamed ")[2] for each in found.misfits] == [
        "moto.core.request has no PRESERVED_HEADER_NAMES_ENVIRON_KEY",
        "moto.iam.models.IAMBackend has no get_groups_for_user",
        "has no permissions_boundary_arn",
        "an object of moto.kms.models.KmsBackend has no get_key_id_from_alias",
        next(each for each in found.misfits if each.startswith("moto.awslambda.models.LambdaFunction.invoke takes")),
    ]
    first, *misfits, last = str(found).splitlines()
    assert first.startswith(f"moto {ANOTHER} is installed. This lab was written for moto {moto_patches.TESTED_WITH}, ")
    assert misfits == [f"  - {each}" for each in found.misfits]
    assert last.endswith(f"python -m pip install 'moto=={moto_patches.TESTED_WITH}'")


@pytest.mark.usefixtures("another_moto")
def test_a_module_that_cannot_be_imported_is_a_misfit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "moto.moto_server.werkzeug_app", None)
    (found,) = mismatch().misfits
    assert found.startswith("moto.moto_server.werkzeug_app cannot be imported: ")


def test_without_moto_the_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moto_patches, "installed", lambda: None)
    assert str(mismatch()).startswith("moto is not installed. This lab was written for moto ")
