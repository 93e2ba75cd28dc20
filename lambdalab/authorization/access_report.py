"""The access report: every allowed action of a role's session, and the least policy that allows just these.

Lambda names a function's session after the function, so that what a function used is known even where several share a
role. The resources are those that were named in the calls, but for log streams, which have new names every time, and
for objects: whoever used more than a few of a bucket's will use others, and a policy has a limit of 10,240 characters.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .access import Access


class AccessReport:
    """A record for each session."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_session: dict[str, dict[str, dict[str, None]]] = defaultdict(lambda: defaultdict(dict))

    def record(self, session: str, access: Access) -> None:
        """A session (its ARN) was allowed to do this."""
        with self._lock:
            self._by_session[session][access.action][_for_a_policy(access.resource)] = None

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._by_session.clear()

    def policy(self, session: str) -> dict[str, Any]:
        """The least policy, as IAM takes it: a statement for each set of resources, actions in order."""
        with self._lock:
            by_resources: dict[tuple[str, ...], list[str]] = defaultdict(list)
            for action, resources in self._by_session.get(session, {}).items():
                by_resources[tuple(_few(sorted(resources)))].append(action)
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


_OBJECTS = 10
"""So many objects of a bucket are named one by one."""


def _few(resources: list[str]) -> list[str]:
    buckets = Counter(each.partition("/")[0] for each in resources if each.startswith("arn:aws:s3:::") and "/" in each)
    many = [f"{bucket}/" for bucket, count in buckets.items() if count > _OBJECTS]
    others = [each for each in resources if not each.startswith(tuple(many))]
    return sorted([*others, *(f"{bucket}*" for bucket in many)])
