"""Deployment packages made by tests."""

from __future__ import annotations

import io
import textwrap
import zipfile


def zipped(files: dict[str, str | bytes]) -> bytes:
    """A zip archive of these files; source text may be indented."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, textwrap.dedent(content) if isinstance(content, str) else content)
    return buffer.getvalue()
