"""AWS CloudFormation: stacks.

- `permissions.py`: the permissions that its calls need
"""

from lambdalab.rooms import Room

ROOM = Room("cloudformation", services=("cloudformation",))
