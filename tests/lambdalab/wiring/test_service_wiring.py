"""What rooms say about the wiring of their services stands on boto3 alone: on a real account there is no moto."""

from __future__ import annotations

import subprocess
import sys

from lambdalab.wiring.service_wiring import readers, service_wirings

WITHOUT_MOTO = """
import sys
from lambdalab import rooms
assert len(list(rooms.parts("wiring"))) > 10
assert not {name.partition(".")[0] for name in sys.modules} & {"moto", "boto3"}
"""


def test_they_import_no_moto() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT_MOTO], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_each_reader_has_its_own_turn_and_each_kind_one_list() -> None:
    order = [reader.order for reader in readers()]
    assert order == sorted(set(order))
    kinds = [kind for wiring in service_wirings() for kind in wiring.lists]
    assert sorted(kinds) == sorted(set(kinds))
