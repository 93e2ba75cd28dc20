"""AWS CloudFormation: stacks.

- `permissions.py`: the permissions that its calls need
- `account.py`: its resources in a real account, and how they are deleted
"""

from lambdalab.rooms import Room

ROOM = Room("cloudformation", services=("cloudformation",))
