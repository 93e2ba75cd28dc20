"""Errors in Lambda's own form: moto turns them into the status, header and body that clients read."""

from __future__ import annotations


def error(code: str, message: str, status: int = 400) -> Exception:
    """An error that moto serialises as Lambda's protocol wants it."""
    from moto.core.exceptions import JsonRESTError

    raised: Exception = JsonRESTError(code, message)
    raised.code = status  # type: ignore[attr-defined]
    return raised
