"""What rooms say about resources in a real account: all of it together."""

from __future__ import annotations

import subprocess
import sys

from lambdalab.real_account.kinds import KINDS, SERVICES

WITHOUT_MOTO = """
import sys
import lambdalab.real_account.kinds
assert not {name.partition(".")[0] for name in sys.modules} & {"moto", "boto3"}
"""


def test_dependents_are_deleted_first() -> None:
    assert list(KINDS) == [
        *("stack", "alarm", "schedule", "schedule-group", "archive", "rule", "bus"),
        *("rest-api", "http-api", "state-machine", "mapping", "function", "layer", "topic", "queue", "stream"),
        *("table", "bucket", "parameter", "secret", "log-group", "role", "user", "group", "policy"),
    ]
    order = [kind.order for kind in KINDS.values()]
    assert order == sorted(set(order))


def test_what_rooms_say_fits_together() -> None:
    for service in SERVICES.values():
        own = {kind.name for kind in service.kinds}
        assert {creation.kind for creation in service.creations.values()} <= own
        assert set(service.deletions.values()) <= own
        assert {name.kind for name in service.names} <= own


def test_they_import_no_moto() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT_MOTO], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
