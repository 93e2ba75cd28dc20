"""Which room of the lab stands on which floor. `tests/test_structure.py` holds the imports to it; the picture shows it.

This file holds one literal and imports nothing: the picture of another revision reads it as text.
"""

from __future__ import annotations

# From the top down. A room imports from the floors below its own; those on one floor do not know each other.
FLOORS = (
    ("__main__",),
    ("cli", "testing"),
    ("target_selection",),
    ("lab", "real_account"),
    ("interface",),
    ("services", "monitoring", "show"),
    ("endpoint",),
    ("delivery", "guard"),
    ("authorization", "event_patterns", "http_payload"),
    ("runtime", "moto_patches", "moto_imports", "wiring"),
    (
        "account_resources",
        "browser",
        "clock",
        "execution_role",
        "exercises",
        "package",
        "policies",
        "rooms",
        "unsupported",
    ),
    ("faults",),
)
