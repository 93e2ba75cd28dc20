"""AWS IAM: roles, users, groups and policies.

- `backend.py`: the door into moto
- `permissions.py`: the permissions that its calls need, and the trust policies of roles
- `unsupported_members.py`: members of requests that AWS added after this version of moto
- `account.py`: its resources in a real account, and how they are deleted
"""

from lambdalab.rooms import Room

ROOM = Room("iam", services=("iam",), moto=("iam",))
