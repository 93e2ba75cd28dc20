"""No request leaves the machine while the lab is in charge.

Two rings, the outer one enforced by the kernel:

- `on()` and `off()`: an audit hook in the lab's own process, which sits below every HTTP library and answers in words.
  The small module that guards every Python execution environment does the work here, too. What it does not see is
  compiled code that calls the C library by itself, in that one process.
- `Fence`: every program that a cell or a function starts is born behind it. The kernel asks the lab before such a
  program connects, binds or sends, and whatever that program starts is behind the same fence. Linux only.

    seccomp_thread.py      the thread behind the fence, in which children are born
    children.py            makes this process start its children there
    seccomp_supervisor.py  answers the kernel's questions
    addresses.py           which addresses stay on this machine
    kernel.py              the system calls, and the filter that says which calls the kernel asks about
"""

from lambdalab.runtime.python._lambdalab_guard import BlockedRequest, is_loopback, off, on

from .seccomp_thread import Fence

__all__ = ["BlockedRequest", "Fence", "is_loopback", "off", "on"]
