"""Traces in a real account: they expire by themselves."""

from __future__ import annotations

from lambdalab.account_resources import ServiceResources

ACCOUNT = ServiceResources("xray", harmless=frozenset({"PutTraceSegments", "PutTelemetryRecords"}))
