"""Amazon SNS: topics and their subscribers.

- `backend.py`: the door into moto
- `topics.py`: a message to a topic goes to each subscriber whose filter policy matches
- `filter_policies.py`: which messages a subscriber wants
- `payloads.py`: the events that it sends
- `permissions.py`: the permissions that its calls need, and the policies of topics
"""

from lambdalab.rooms import Room

ROOM = Room("sns", services=("sns",), moto=("sns",))
