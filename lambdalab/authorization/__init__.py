"""Authorization: every signed request is checked against the policies that apply to whoever signed it.

The reader's own credentials are an administrator's, and not checked. A function signs with its role's.

    enforcement.py          authorizes each request; answers the same for what the lab's services do themselves
    access.py               a call, and what it needs to be allowed: actions on resources
    service_permissions.py  what each service's room says about permissions: its `permissions.py`
    parameters.py           a request's parameters, from where they travel
    principals.py           from an access key to who signs, and the policies that apply to them
    condition_keys.py       the condition keys of a request
    resources.py            what a resource says: its policy, its owner, its tags
    decisions.py            decides about one access, and remembers
    denial.py               the error of a denied request
    access_report.py        what was really used, as a policy
    moto_core.py            the door into moto's core

No module here knows a service: that is in the rooms. `lambdalab.policies` decides; how a policy reads is there.
"""

from .enforcement import Enforcement

__all__ = ["Enforcement"]
