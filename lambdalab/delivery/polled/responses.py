"""Which records of a batch the function could not process: ReportBatchItemFailures.

    {"batchItemFailures": [{"itemIdentifier": "id of a message, or sequence number of a record"}]}

Lambda treats the batch as a complete success if the list is empty or null, and as a complete failure if an identifier
is not valid: empty, null, under another name, or of no record in the batch. So a function that misspells its answer
gets all records again, and never loses one.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lambdalab.runtime.json_text import parse

if TYPE_CHECKING:
    from collections.abc import Collection


def failed(payload: bytes | None, identifiers: Collection[str]) -> frozenset[str]:
    """The identifiers in the answer; all of the batch if the answer is malformed.

    Documented as a success: an empty or null list of failures, an empty or null answer. As a failure: an exception, an
    item identifier that is empty, null, under a bad key name, or unknown (documented for streams, and in the lab for
    queues too). Not documented: an answer that is a string or a list. On AWS it has been seen to count as a failure.
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
