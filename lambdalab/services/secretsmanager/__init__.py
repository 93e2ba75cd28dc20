"""AWS Secrets Manager: secrets.

- `backend.py`: the door into moto
- `permissions.py`: the permissions that its calls need, and the policies of secrets
- `account.py`: its resources in a real account, and how they are deleted
"""

from lambdalab.rooms import Room

ROOM = Room("secretsmanager", services=("secretsmanager",), moto=("secretsmanager",))
