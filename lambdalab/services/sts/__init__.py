"""AWS STS: temporary credentials.

- `backend.py`: the door into moto
- `permissions.py`: the permissions that its calls need
- `role_credentials.py`: the credentials of an execution role
- `account.py`: its operations in a real account
"""

from lambdalab.rooms import Room

ROOM = Room("sts", services=("sts",), moto=("sts",))
