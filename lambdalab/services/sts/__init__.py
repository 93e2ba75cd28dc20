"""AWS STS: temporary credentials.

- `backend.py`: the door into moto
- `federation.py`: sessions by web identity or SAML: not part of this lab
- `role_credentials.py`: the credentials of an execution role
"""

from lambdalab.rooms import Room

ROOM = Room("sts", services=("sts",), moto=("sts",))
