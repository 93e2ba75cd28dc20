"""Callers whom policies limit."""

from tests.lambdalab.authorization.conftest import act_as

__all__ = ["act_as"]
