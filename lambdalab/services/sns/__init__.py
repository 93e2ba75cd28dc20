"""Amazon SNS: topics and their subscribers.

- `backend.py`: topics and subscriptions, as moto keeps them; `patches.py`: every change to moto's SNS
- `topics.py`: Publish: a message goes to each subscriber whose filter policy it matches
- `subscriptions.py`: what Subscribe and SetSubscriptionAttributes accept
- `filter_policies.py`: which messages match a filter policy
- `payloads.py`: the events that it sends
- `permissions.py`: the permissions that its calls need, and the policies of topics
- `destination.py`: topics as destinations and targets
- `wiring.py`: what `lab.diagram()` draws of it
- `account.py`: its resources in a real account, and how they are deleted
"""

from lambdalab.rooms import Room

ROOM = Room("sns", services=("sns",), moto=("sns",))
