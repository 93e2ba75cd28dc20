"""What was really used: every allowed action of a session of a role, and the least policy that allows just these.

Lambda names a function's session after the function, so that what a function used is known even where several share a
role. The resources are those that were named in the calls, but for log streams: they have new names every time.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .actions import Question


class Used:
    """A record for each session."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_session: dict[str, dict[str, dict[str, None]]] = defaultdict(lambda: defaultdict(dict))

    def note(self, session: str, question: Question) -> None:
        """A session (its ARN) was allowed to do this."""
        with self._lock:
            self._by_session[session][question.action][_for_a_policy(question.resource)] = None

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._by_session.clear()

    def policy(self, session: str) -> dict[str, Any]:
        """The least policy, as IAM takes it: a statement for each set of resources, actions in order."""
        with self._lock:
            by_resources: dict[tuple[str, ...], list[str]] = defaultdict(list)
            for action, resources in self._by_session.get(session, {}).items():
                by_resources[tuple(sorted(resources))].append(action)
        return {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": sorted(actions), "Resource": list(resources)}
                for resources, actions in sorted(by_resources.items(), key=lambda each: sorted(each[1]))
            ],
        }


def _for_a_policy(resource: str) -> str:
    group, found, _ = resource.partition(":log-stream:")
    return f"{group.removesuffix(':')}:*" if found else resource
