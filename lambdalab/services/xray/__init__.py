"""AWS X-Ray: traces.

- `permissions.py`: the permissions that its calls need
- `account.py`: its operations in a real account
"""

from lambdalab.rooms import Room

ROOM = Room("xray", services=("xray",))
