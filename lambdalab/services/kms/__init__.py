"""AWS KMS: keys.

- `backend.py`: the door into moto
- `permissions.py`: the permissions that its calls need, and the policies of keys
"""

from lambdalab.rooms import Room

ROOM = Room("kms", services=("kms",), moto=("kms",))
