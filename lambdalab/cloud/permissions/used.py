"""What was really used: every allowed action of a role, and the least policy that allows just these."""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .actions import Question


class Used:
    """A record for each role."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_role: dict[str, dict[str, dict[str, None]]] = defaultdict(lambda: defaultdict(dict))

    def note(self, role: str, question: Question) -> None:
        """A session of this role was allowed to do this."""
        with self._lock:
            self._by_role[role][question.action][question.resource] = None

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._by_role.clear()

    def policy(self, role: str) -> dict[str, Any]:
        """The least policy, as IAM takes it: a statement for each set of resources, actions in order."""
        with self._lock:
            by_resources: dict[tuple[str, ...], list[str]] = defaultdict(list)
            for action, resources in self._by_role.get(role, {}).items():
                by_resources[tuple(sorted(resources))].append(action)
        return {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": sorted(actions), "Resource": list(resources)}
                for resources, actions in sorted(by_resources.items())
            ],
        }
