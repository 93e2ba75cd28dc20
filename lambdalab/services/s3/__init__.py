"""Amazon S3: notifications of objects.

- `backend.py`: the door into moto
- `notifications.py`: what happens to objects, sent to functions, queues, topics and EventBridge
- `notification_configuration.py`: PutBucketNotificationConfiguration, checked as S3 does
- `delete_objects.py`: DeleteObjects: permission is decided for each object
- `permissions.py`: S3's actions for a request
- `payloads.py`: the events that it sends
"""

from lambdalab.rooms import Room

ROOM = Room("s3", services=("s3",), moto=("s3",))
