"""`lambdalab clean`: what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .checks import SWITCH, Refused, examine
from .ledger import Ledger
from .sweep import Sweep

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .sweep import Found


def clean(environ: Mapping[str, str], *, yes: bool) -> int:
    """Show what the course left in the account, or delete it; the exit status. Raises Refused."""
    if environ.get(SWITCH) != "aws":
        raise Refused(
            f"{SWITCH} is not set to aws.",
            "The local lab leaves nothing: everything in it ends with it. Only a real account is cleaned.",
            f"For that, set {SWITCH}=aws and LAMBDALAB_ACCOUNTS as when you ran the cells.",
        )
    place = examine(environ)
    sweep = Sweep(place, Ledger(place.ledger, place.session))
    print(f"Account {place.account} ({place.alias}), what {place.learner} made in this course:")
    return _delete(sweep) if yes else _show(sweep)


def _show(sweep: Sweep) -> int:
    found = sweep.show()
    for each in found:
        print(_line(each))
    _left_alone(sweep.left_alone)
    if not found:
        print("  nothing is left.")
    else:
        print(f"{_resources(len(found))}. Nothing was deleted; `lambdalab clean --yes` deletes this.")
    return 0


def _delete(sweep: Sweep) -> int:
    report = sweep.delete(lambda found: print(_line(found), flush=True))
    for key, problem in report.failed:
        print(f"  NOT deleted: {key}: {problem}")
    _left_alone(report.left_alone)
    if not report.deleted and not report.failed:
        print("  nothing is left.")
        return 0
    print(f"{_resources(len(report.deleted))} deleted.")
    if report.failed:
        print(f"{_resources(len(report.failed))} still there. Run `lambdalab clean --yes` again.")
    return 1 if report.failed else 0


def _line(found: Found) -> str:
    return f"  {found.key.kind:14} {found.key.name}  {found.key.region or 'all regions'}  (found by: {found.by})"


def _resources(number: int) -> str:
    return f"{number} resource{'' if number == 1 else 's'}"


def _left_alone(left: Sequence[tuple[str, str]]) -> None:
    for what, why in left:
        print(f"  left alone: {what}: {why}")
