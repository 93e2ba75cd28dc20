"""The door into moto's SNS: what is changed there."""

from __future__ import annotations

from .topics import patches

__all__ = ["patches"]
