"""Which records of a batch a function says it could not process: ReportBatchItemFailures.

    {"batchItemFailures": [{"itemIdentifier": "id of a message, or sequence number of a record"}]}

Lambda takes a batch as a whole success if the answer is an empty list or null, as a whole failure if it cannot make
sense of an identifier: one that is empty, null, under another name, or of no record in the batch. A function that wants
to say "these failed" and misspells it gets all of them again, and never loses one.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lambdalab.runtime.json_text import parse

if TYPE_CHECKING:
    from collections.abc import Collection


def failed(payload: bytes | None, identifiers: Collection[str]) -> frozenset[str]:
    """The identifiers that the answer names; all of them if it is malformed.

    The documentation's conditions for success: an empty or null list of failures, an empty or null answer. Those for
    failure: an exception, an item identifier that is empty, null, of a bad key name, or (for streams, and here for
    queues too) unknown. Not documented: an answer that is something else altogether, a string or a list. It has been
    seen to count as a failure; here it does.
    """
    try:
        answer = parse((payload or b"null").decode())
    except ValueError:
        return frozenset(identifiers)
    if answer is None or answer == {}:
        return frozenset()
    if not isinstance(answer, dict):
        return frozenset(identifiers)
    failures = answer.get("batchItemFailures")
    if failures is None or failures == []:
        return frozenset()
    named = [_identifier(failure) for failure in failures] if isinstance(failures, list) else [None]
    known = frozenset(name for name in named if name in identifiers)
    if len(known) < len(set(named)) or None in named:
        return frozenset(identifiers)
    return frozenset(str(name) for name in known)


def _identifier(failure: Any) -> str | None:
    name = failure.get("itemIdentifier") if isinstance(failure, dict) else None
    return name if isinstance(name, str) and name else None
