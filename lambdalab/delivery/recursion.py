"""Lambda's guard against functions that call themselves in a circle, through other services.

    S3 ─▶ function ─▶ S3 ─▶ function ─▶ …        stopped before the 17th time

Nobody looks at the wiring. Each invocation gets a trace header (X-Amzn-Trace-Id), in which Lambda counts how often a
function has run because of one and the same first event (`Lineage`). The function's SDK sends the header along with
every call it makes, SQS, SNS, S3 and Lambda hand it on with what they make of the call, and so it comes back.

A chain is broken wherever one of them is not in it: another service (EventBridge, DynamoDB), an SDK that is too old,
a function in front that starts anew. X-Ray need not be switched on.

AWS does not document how Lineage is written; known from logs is `1:24d6c3c5:0`, with a count that begins with 0. The
lab writes a function's part so, and parts of further functions after a `|`.

Sources, checked 2026-11-23: https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html and
https://aws.amazon.com/blogs/compute/detecting-and-stopping-recursive-loops-in-aws-lambda-functions/
"""

from __future__ import annotations

import hashlib
import re
import secrets

LIMIT = 16
"""How often a function runs in one chain before the next invocation is stopped."""
HEADER = "X-Amzn-Trace-Id"
ERROR = "RecursiveInvocationException"
"""What a caller who waits is told; also what an invocation record names (how AWS's does, is not documented)."""

_ROOT = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}")
_PART = re.compile(r"([0-9a-f]{8}):(\d{1,9})")
_MOST_FUNCTIONS = 32
"""So many functions of one chain are counted: a header does not grow for ever."""


def invocations(header: str | None, function_arn: str) -> int:
    """How often a function has run in the chain that a trace header belongs to."""
    count = _lineage(header).get(_hash(function_arn))
    return 0 if count is None else count + 1


def is_loop(header: str | None, function_arn: str) -> bool:
    """Whether the next invocation in this chain would be one too many."""
    return invocations(header, function_arn) >= LIMIT


def traced(header: str | None, function_arn: str, now: float) -> str:
    """The trace header that an invocation gets: of the same chain as the one that came with the call, and counted."""
    fields = _fields(header)
    root = fields.get("Root", "")
    if not _ROOT.fullmatch(root):
        root = f"1-{int(now):08x}-{secrets.token_hex(12)}"
    lineage = _lineage(header)
    name = _hash(function_arn)
    count = lineage.pop(name, -1) + 1
    parts = [(name, count), *lineage.items()][:_MOST_FUNCTIONS]
    sampled = "1" if fields.get("Sampled") == "1" else "0"
    line = "|".join(f"{one}:{times}" for one, times in parts)
    return f"Root={root};Parent={secrets.token_hex(8)};Sampled={sampled};Lineage=1:{line}"


def _fields(header: str | None) -> dict[str, str]:
    pairs = (field.partition("=") for field in (header or "").split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def _lineage(header: str | None) -> dict[str, int]:
    """Counts by function. What cannot be read counts as nothing: the header is anybody's to send."""
    text = _fields(header).get("Lineage", "").removeprefix("1:")
    found = (_PART.fullmatch(part) for part in text.split("|")[:_MOST_FUNCTIONS])
    return {match[1]: int(match[2]) for match in found if match}


def _hash(function_arn: str) -> str:
    """A function's name in Lineage: of all its versions and aliases the same."""
    return hashlib.sha256(":".join(function_arn.split(":")[:7]).encode()).hexdigest()[:8]
