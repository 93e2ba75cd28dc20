"""The door into moto's CloudWatch Logs: what is changed there."""

from __future__ import annotations

from .subscriptions import patches

__all__ = ["patches"]
