"""The door into moto's Kinesis: what is changed there."""

from __future__ import annotations

from .streams import patches

__all__ = ["patches"]
