"""AWS IAM: roles, users, groups and policies.

- `backend.py`: the door into moto
- `managed_policies.py`: AWS's managed policies, read once and for one partition
"""

from lambdalab.rooms import Room

ROOM = Room("iam", services=("iam",), moto=("iam",))
