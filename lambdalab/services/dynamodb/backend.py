"""The door into moto's DynamoDB: what is changed there."""

from __future__ import annotations

from .streams import patches

__all__ = ["patches"]
