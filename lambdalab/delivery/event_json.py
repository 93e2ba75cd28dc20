"""The JSON text of an event, as it travels to a function."""

from __future__ import annotations

import json
from typing import Any


def document(event: Any) -> bytes:
    """Without spaces, in UTF-8; a lone surrogate passes as it is."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
