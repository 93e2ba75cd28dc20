"""No request leaves the machine while the lab is in charge: the guard of the lab's own process.

The work is done by the same small module that guards every Python execution environment. Child processes are led
to the lab by their environment (see `lab.py`).
"""

from lambdalab.runtime.python._lambdalab_guard import BlockedRequest, is_loopback, off, on

__all__ = ["BlockedRequest", "is_loopback", "off", "on"]
