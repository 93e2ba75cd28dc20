"""Amazon S3: event notifications, and DeleteObjects.

- `backend.py`: buckets and objects, as moto keeps them; `patches.py`: every change to moto's S3
- `notifications.py`: changes to objects go to functions, queues, topics and EventBridge
- `notification_configuration.py`: PutBucketNotificationConfiguration, checked as S3 does
- `delete_objects.py`: DeleteObjects: permission is checked for each object
- `overwriting.py`: an object is read whole while it is overwritten
- `permissions.py`: S3's actions for a request
- `payloads.py`: the events that it sends
- `destination.py`: buckets as destinations
- `addresses.py`: which object an HTTPS address names
- `wiring.py`: what `lab.diagram()` draws of it
- `account.py`: its resources in a real account, and how they are deleted
"""

from lambdalab.rooms import Room

ROOM = Room("s3", services=("s3",), moto=("s3",))
