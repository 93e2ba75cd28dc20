"""No request leaves the machine while the lab is in charge.

Two rings, the outer one held by the kernel:

- `on()` and `off()`: an audit hook in the lab's own process, which is below every HTTP library and answers in words.
  The work is done by the small module that guards every Python execution environment as well.
  What it does not see is compiled code that calls the C library by itself, in that one process.
- `Fence`: every program that a cell or a function starts is born behind it. The kernel asks the lab before such a
  program connects, binds or sends, and whatever that program starts in turn is behind the same fence. Linux only.

    fence.py      the thread behind the fence, in which children are born
    children.py   has this process's children born there
    warden.py     answers the kernel's questions
    addresses.py  which addresses stay on this machine
    kernel.py     the system calls, and the filter that says which calls are asked about
"""

from lambdalab.runtime.python._lambdalab_guard import BlockedRequest, is_loopback, off, on

from .seccomp_thread import Fence

__all__ = ["BlockedRequest", "Fence", "is_loopback", "off", "on"]
