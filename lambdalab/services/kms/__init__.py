"""AWS KMS: keys.

- `backend.py`: the door into moto
- `keys.py`: which key a call means
"""

from lambdalab.rooms import Room

ROOM = Room("kms", services=("kms",), moto=("kms",))
