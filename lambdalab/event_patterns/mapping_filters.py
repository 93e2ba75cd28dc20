"""FilterCriteria: which records an event source mapping hands to its function.

A record that is of none of the patterns is dropped: for its source it counts as processed, and a message is deleted
from its queue. The patterns are EventBridge's (`patterns.py`), with three differences:

- They look into what the sender wrote: `body` of a message in SQS, `data` of a record in Kinesis (decoded from base64
  first). Both must be of the form that the pattern expects there:

      sender wrote      pattern of `body`, `data`     outcome
      plain text        a list: plain text            compared
      plain text        an object: JSON               dropped
      JSON              a list: plain text            dropped
      JSON              an object: JSON               compared
      either            none                          compared by what else there is in the record

  For Kinesis, a pattern that expects plain text in `data` is refused when the mapping is made.
- There are fewer tests: no wildcards, no addresses, and "anything-but" takes values only. AWS's documentation leaves
  the others out; that Lambda refuses them all is the lab's reading of it.
- What is wrong with a pattern is not told: "Invalid filter pattern definition."

Numbers in a stream of DynamoDB are strings there ({"N": "12"}), so that `numeric` finds none.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html
https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis-filtering.html
https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html
"""

from __future__ import annotations

import base64
import binascii
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .matching import fields, kinds, matches
from .syntax import InvalidPattern, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_WRITTEN = {"sqs": "body", "kinesis": "data"}
"""Where a record has what its sender wrote, by service."""
_UNKNOWN = frozenset({Kind.WILDCARD, Kind.NETWORK})
REFUSAL = "Invalid filter pattern definition."
"""What InvalidParameterValueException says."""


def check_filter(service: str, pattern: str) -> None:
    """Raise ValueError, in Lambda's words, unless a mapping of this service ("sqs", "kinesis", "dynamodb") takes it."""
    try:
        tests, paths = kinds(pattern), fields(pattern)
    except InvalidPattern as error:
        raise ValueError(REFUSAL) from error
    if any(kind in _UNKNOWN or (negated and kind not in (Kind.EXACTLY, Kind.EXISTS)) for kind, negated in tests):
        raise ValueError(REFUSAL)
    if service == "kinesis" and "data" in paths:
        raise ValueError(REFUSAL)


def passes(service: str, patterns: Iterable[str], record: Mapping[str, Any]) -> bool:
    """Whether the function gets a record, in the form in which it would get it. No patterns: it does."""
    patterns = tuple(patterns)
    if not patterns:
        return True
    seen: Mapping[str, Any] = record
    if service == "kinesis":
        seen = {**record, **record["kinesis"]}  # patterns name a stream's fields without "kinesis"
    return any(_passes(service, pattern, seen) for pattern in patterns)


def _passes(service: str, pattern: str, record: Mapping[str, Any]) -> bool:
    name = _WRITTEN.get(service)
    if name is None:
        return matches(pattern, record)
    paths = fields(pattern)
    wants_json = any(path.startswith(f"{name}.") for path in paths)
    wants_text = name in paths
    if not wants_json and not wants_text:
        return matches(pattern, record)
    written = record.get(name)
    document = _document(_decoded(written) if service == "kinesis" else written)
    if (document is not None) != wants_json:
        return False
    return matches(pattern, {**record, name: document} if wants_json else record)


def _document(text: Any) -> Any:
    """The JSON object or array that a text is; None when it is none."""
    try:
        found = json.loads(text, parse_float=Decimal)
    except (TypeError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict | list) else None


def _decoded(data: Any) -> str | None:
    try:
        return base64.b64decode(data, validate=True).decode()
    except (TypeError, ValueError, binascii.Error):
        return None
