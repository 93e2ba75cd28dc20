"""The door into moto's SQS: what is changed there."""

from __future__ import annotations

from .queues import patches

__all__ = ["patches"]
