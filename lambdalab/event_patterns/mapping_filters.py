"""FilterCriteria: which records an event source mapping hands to its function.

A record that matches none of the patterns is dropped: its source counts it as processed, and a message is deleted from
its queue. The patterns are EventBridge's (`matching.py`), with three differences:

- They look into what the sender wrote: `body` of a message in SQS, `data` of a record in Kinesis (decoded from base64
  first). Its form must be the one that the pattern expects there:

      sender wrote      pattern of `body`, `data`     outcome
      plain text        a list: plain text            compared
      plain text        an object: JSON               dropped
      JSON              a list: plain text            dropped
      JSON              an object: JSON               compared
      either            none                          compared by what else there is in the record

  For Kinesis, a pattern that expects plain text in `data` is rejected when the mapping is created.
- There are fewer tests: no wildcards, no IP addresses, and "anything-but" takes values only. AWS's documentation
  leaves the others out; the lab concludes that Lambda rejects them.
- The error doesn't say what is wrong with a pattern: "Invalid filter pattern definition."

What differs between sources is in a `RecordFormat`, which each source has in its room's `polling.py`.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html
https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis-filtering.html
https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .matching import fields, kinds, matches
from .syntax import InvalidPattern, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_UNSUPPORTED = frozenset({Kind.WILDCARD, Kind.NETWORK})
REFUSAL = "Invalid filter pattern definition."
"""The message of the InvalidParameterValueException."""


@dataclass(frozen=True)
class RecordFormat:
    """Where filter patterns find what the sender wrote in a source's records."""

    payload: str = ""
    """The field: "body" in SQS. Empty: patterns are compared with the record as it is."""
    wrapper: str = ""
    """The object in the record whose fields patterns name directly: "kinesis"."""
    base64: bool = False
    """The payload is encoded in the record. Lambda then takes patterns for JSON only."""


PLAIN = RecordFormat()
"""A record without a payload of its own: DynamoDB's. Its numbers are strings ({"N": "12"}), so `numeric` never matches.
"""


def check_filter(record_format: RecordFormat, pattern: str) -> None:
    """Raise ValueError, with Lambda's message, unless a mapping of such a source accepts the pattern."""
    try:
        tests, paths = kinds(pattern), fields(pattern)
    except InvalidPattern as error:
        raise ValueError(REFUSAL) from error
    if any(kind in _UNSUPPORTED or (negated and kind not in (Kind.EXACTLY, Kind.EXISTS)) for kind, negated in tests):
        raise ValueError(REFUSAL)
    if record_format.base64 and record_format.payload in paths:
        raise ValueError(REFUSAL)


def passes(record_format: RecordFormat, patterns: Iterable[str], record: Mapping[str, Any]) -> bool:
    """Whether the function gets this record, given as it would get it. Without patterns it gets every record."""
    patterns = tuple(patterns)
    if not patterns:
        return True
    wrapper = record_format.wrapper
    visible: Mapping[str, Any] = {**record, **record[wrapper]} if wrapper else record
    return any(_passes(record_format, pattern, visible) for pattern in patterns)


def _passes(record_format: RecordFormat, pattern: str, record: Mapping[str, Any]) -> bool:
    name = record_format.payload
    if not name:
        return matches(pattern, record)
    paths = fields(pattern)
    expects_json = any(path.startswith(f"{name}.") for path in paths)
    expects_text = name in paths
    if not expects_json and not expects_text:
        return matches(pattern, record)
    payload = record.get(name)
    parsed = _parse(_decode(payload) if record_format.base64 else payload)
    if (parsed is not None) != expects_json:
        return False
    return matches(pattern, {**record, name: parsed} if expects_json else record)


def _parse(text: Any) -> Any:
    """The JSON object or array in a text; None if it is neither."""
    try:
        found = json.loads(text, parse_float=Decimal)
    except (TypeError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict | list) else None


def _decode(data: Any) -> str | None:
    try:
        return base64.b64decode(data, validate=True).decode()
    except (TypeError, ValueError, binascii.Error):
        return None
