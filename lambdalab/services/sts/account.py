"""STS in a real account: it creates nothing that stays. Whose credentials it returns is checked when they are used."""

from __future__ import annotations

from lambdalab.account_resources import ServiceResources

ACCOUNT = ServiceResources("sts", harmless=None)
