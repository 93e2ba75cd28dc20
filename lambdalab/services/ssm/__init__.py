"""AWS Systems Manager: parameters.

- `permissions.py`: the permissions that its calls need
"""

from lambdalab.rooms import Room

ROOM = Room("ssm", services=("ssm",))
