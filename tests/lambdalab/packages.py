"""Deployment packages and policies made by tests."""

from __future__ import annotations

import io
import textwrap
import zipfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Container


def zipped(files: dict[str, str | bytes], executable: Container[str] = ()) -> bytes:
    """A zip archive of these files; source text may be indented. `executable`: names of those that are programs."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o755 if name in executable else 0o644) << 16
            archive.writestr(entry, textwrap.dedent(content) if isinstance(content, str) else content)
    return buffer.getvalue()


def allowing(*actions: str, resource: str = "*") -> dict[str, Any]:
    """A policy document for a role."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}


def trusting(principal: Any, **conditions: Any) -> dict[str, Any]:
    """A trust policy for a role: only this principal may become it."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    if conditions:
        statement["Condition"] = conditions
    return {"Version": "2012-10-17", "Statement": [statement]}


MY_ACCOUNT = {"AWS": "arn:aws:iam::123456789012:root"}
"""For `trusting`: whoever in the account may become roles."""
